---@meta
--- Handles of what goes on (pings, captures, programs), packets, and the modules that are loaded on first use. See meta.lua.

---@class netlua.core.Ping
local Ping = {}

--- True when done, false when there is more to wait for.
---@return boolean?
---@return netlua.Error?
function Ping:step() end

--- How many targets there are.
---@return integer
function Ping:count() end

--- The figures for target i.
---@param i integer
---@return table
function Ping:result(i) end

--- Its replies.
---@param i integer
---@return table[]
function Ping:replies(i) end

--- Its errors: what routers and the kernel answered instead.
---@param i integer
---@return table[]
function Ping:errors(i) end

--- What else came for it: duplicates, damaged replies.
---@param i integer
---@return table[]
function Ping:notices(i) end

--- cqueues' polling protocol.
---@return integer
function Ping:pollfd() end

--- cqueues' polling protocol.
---@return string
function Ping:events() end

--- cqueues' polling protocol.
---@return number?
function Ping:timeout() end

--- Idempotent.
function Ping:close() end

---@class netlua.core.Trace
local Trace = {}

--- True when done, false when there is more to wait for.
---@return boolean?
---@return netlua.Error?
function Trace:step() end

--- The path, complete once step() has said so.
---@return table
function Trace:result() end

--- cqueues' polling protocol.
---@return integer
function Trace:pollfd() end

--- cqueues' polling protocol.
---@return string
function Trace:events() end

--- cqueues' polling protocol.
---@return number?
function Trace:timeout() end

--- Idempotent.
function Trace:close() end

---@class netlua.core.Capture
local Capture = {}

--- Appends what has crossed until now; how many, and whether they came in the order of time with those before. Waits
--- only for packets that the kernel has counted and not delivered.
---@param list userdata[]
---@param seconds? number
---@return integer? packets
---@return boolean | netlua.Error
function Capture:collect(list, seconds) end

--- What the kernel counted.
---@return { received: integer, dropped: integer, captured: integer, rings: integer }
function Capture:stats() end

--- cqueues' polling protocol.
---@return integer
function Capture:pollfd() end

--- cqueues' polling protocol.
---@return string
function Capture:events() end

--- cqueues' polling protocol.
---@return number?
function Capture:timeout() end

--- Idempotent; the rings are taken down in the background.
function Capture:close() end

--- Is it closed?
---@return boolean
function Capture:closed() end

---@class netlua.core.Monitor
local Monitor = {}

--- The events that have come; empty when there are none. ENOBUFS when some were lost.
---@return table[]?
---@return netlua.Error?
function Monitor:read() end

--- cqueues' polling protocol.
---@return integer
function Monitor:pollfd() end

--- Idempotent.
function Monitor:close() end

--- Is it closed?
---@return boolean
function Monitor:closed() end

---@class netlua.core.Packet
local Packet = {}

--- The names of its layers, outermost first.
---@return string[]
function Packet:layers() end

--- A layer, or the n-th of that name.
---@param name string
---@param n? integer
---@return table?
function Packet:layer(name, n) end

--- All fields as plain tables.
---@return table
function Packet:table() end

--- What is wrong with the packet; empty when nothing is.
---@return { layer: string, problem: string }[]
function Packet:problems() end

--- What was found wrong among the checksums, and how many were looked at.
---@return table[] problems
---@return integer checked
function Packet:verify() end

--- What tcpdump -n prints.
---@param opts? table
---@return string
function Packet:line(opts) end

--- Were fewer bytes captured than its headers promise?
---@return boolean
function Packet:truncated() end

---@class netlua.core.Box
local Box = {}

--- { argv =, env =, cwd =, uid =, gid =, stdin =, stdout =, stderr =, session = }.
---@param netns netlua.core.Netns
---@param opts table
---@return netlua.core.Proc?
---@return netlua.Error?
function Box:spawn(netns, opts) end

--- Changes a file that the programs see; ENOENT where the machine has none.
---@param file "hosts"|"resolv"
---@param text string
---@return true?
---@return netlua.Error?
function Box:write(file, text) end

--- The process that the others are tied to.
---@return integer
function Box:pid() end

--- Ends all of its programs. Idempotent.
function Box:close() end

---@class netlua.core.Proc
local Proc = {}

--- The process id.
---@return integer
function Proc:pid() end

--- "" when there is nothing now; nil at the end.
---@param stream "stdout"|"stderr"
---@return string?
---@return netlua.Error?
function Proc:read(stream) end

--- How many bytes went from position `from` (1) on; 0 when there is no room now; nil and an error when nobody reads.
---@param text string
---@param from? integer
---@return integer?
---@return netlua.Error?
function Proc:write(text, from) end

--- The program sees the end of its input.
function Proc:close_stdin() end

--- Nothing while it runs.
---@return "exit"|"signal"|nil
---@return integer?
function Proc:status() end

--- Sends a signal.
---@param number integer
---@return true?
---@return netlua.Error?
function Proc:kill(number) end

--- cqueues' polling protocol.
---@return integer
function Proc:pollfd() end

--- cqueues' polling protocol.
---@return string
function Proc:events() end

--- cqueues' polling protocol.
---@return number?
function Proc:timeout() end

--- Ends it if it still runs. Idempotent.
function Proc:close() end

---@class netlua.core.Socket
local Socket = {}

--- True when connected, false while it is under way; nil and an error when it was refused.
---@return boolean?
---@return netlua.Error?
function Socket:step() end

--- False when there is nothing now.
---@return string|false|nil data
---@return string? address
---@return integer? port
function Socket:receive() end

--- False when there is no room now. Without an address: to whom it is connected.
---@param data string
---@param address? string
---@param port? integer
---@return boolean?
---@return netlua.Error?
function Socket:send(data, address, port) end

--- Its own end.
---@return string? address
---@return integer? port
function Socket:localname() end

--- The other end.
---@return string? address
---@return integer? port
function Socket:peername() end

--- cqueues' polling protocol.
---@return integer
function Socket:pollfd() end

--- The descriptor, which is the caller's from now on.
---@return integer
function Socket:release() end

--- Idempotent.
function Socket:close() end

---@class netlua.core.Pty
local Pty = {}

--- What the program opens; the leader of a session without a terminal gets it as its own.
---@return string
function Pty:path() end

--- Joins it to the terminal on standard input until the process has ended.
---@param pid integer
---@return true?
---@return netlua.Error?
function Pty:relay(pid) end

--- Idempotent.
function Pty:close() end

---@class netlua.pcap
local pcap_module = {}

--- A filter as a string of BPF instructions, or nil and libpcap's words. pcap-filter(7).
---@param text string
---@param linktype integer
---@param snaplen? integer
---@return string?
---@return string?
function pcap_module.compile(text, linktype, snaplen) end

---@class netlua.nft
local nft_module = {}

--- What nft prints as JSON, "" for nothing. nft(8).
---@param netns netlua.core.Netns
---@param ruleset string
---@param opts? { check?: boolean, echo?: boolean, stateless?: boolean, terse?: boolean, define?: table }
---@return string?
---@return netlua.Error?
function nft_module.run(netns, ruleset, opts) end

---@class netlua.line
local line_module = {}

--- An editor on standard input and output.
---@param complete fun(text: string): string[]
---@return netlua.line.Editor?
---@return netlua.Error?
function line_module.open(complete) end

--- Is there a terminal on both sides that can do more than print?
---@return boolean
function line_module.usable() end

--- Does a person type? Then prompts are shown.
---@return boolean
function line_module.tty() end

--- The columns of the terminal, 80 when there is none.
---@return integer
function line_module.width() end

--- True also when it is there already; for the user's eyes only.
---@param path string
---@return true?
---@return netlua.Error?
function line_module.make_directory(path) end

---@class netlua.line.Editor
local Editor = {}

--- The line without its end, or nil and "eof" or "interrupted" (Ctrl-C).
---@param prompt string
---@return string?
---@return string?
function Editor:read(prompt) end

--- The next Arrow-Up brings it back.
---@param line string
function Editor:remember(line) end

--- Idempotent.
function Editor:close() end

---@class netlua.host
local host_module = {}

--- True and f's results, or false and the message with its traceback; Ctrl-C interrupts f.
---@param f function
---@param ... any
---@return boolean
---@return any
function host_module.call(f, ...) end

--- Calls f with Ctrl-C ignored, but for host.call in it.
---@param f function
---@param ... any
---@return any
function host_module.deaf(f, ...) end

--- The path of a shipped chapter.
---@param name string
---@return string?
function host_module.chapter(name) end

--- The names of the commands, in no order.
---@return string[]
function host_module.commands() end
