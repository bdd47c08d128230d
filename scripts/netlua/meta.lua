---@meta
--- What the C module netlua.core gives to the library; meta/ has its handles and the other C modules. For editors, and for
--- spec/layout_spec.lua, which fails when a C function is missing here or the other way round. Scripts use the library
--- (`require "netlua"`), not this.
--
-- Every function that can meet a refusal of the world returns nil and an error object; misuse (a wrong type, an unknown key, a
-- closed handle) raises one with code EINVAL.

--- The one error type. tostring gives: where: node: op subject: message (code); kernel: its own words
---@class netlua.Error
---@field op string "addr.add"
---@field subject string "192.0.2.1/40 on eth0"
---@field errno integer
---@field code string "EINVAL": what programs compare
---@field message string strerror's text
---@field kernel? string the kernel's own sentence, unchanged
---@field attr? string the attribute that the kernel pointed at
---@field hint? string what the person can do about it
---@field gate? string what refused the rights (rights_enter)
---@field where? string "ch3.lua:31"
---@field node? string
---@field field? string the argument or key, for misuse

---@class netlua.core
local core = {}

--- Seconds on CLOCK_MONOTONIC.
---@return number
function core.now() end

--- Waits until fd (nil: none) is ready for events ("r", "w", "p" in any mix; nil: "r") or timeout seconds (nil: for
--- ever) are over. True when ready. A signal ends the wait, too.
---@param fd? integer
---@param events? string
---@param timeout? number
---@return boolean
function core.poll(fd, events, timeout) end

--- The columns of the terminal that standard output is; nil when it is none.
---@return integer?
function core.terminal() end

--- 4 or 16 bytes, and the prefix length when the text has one; nil for what is no address. RFC 4291.
---@param text string
---@return string? bytes
---@return integer? prefix length
function core.ip_parse(text) end

--- Text after RFC 5952; raises for any other size than 4 or 16.
---@param bytes string
---@return string
function core.ip_format(bytes) end

--- What is to be said of an option's key that is unknown: the one that may have been meant, or all that there are.
---@param key any
---@param known table<string, any> its keys are the known ones
---@return string "unknown key 'cuont': did you mean 'count'?"
function core.unknown_key(key, known) end

--- An error object of the library's own making.
---@param fields { op: string, message: string, code?: string, subject?: string, hint?: string }
---@return netlua.Error
function core.error_new(fields) end

--- Is this an error object of netlua?
---@param value any
---@return boolean
function core.is_error(value) end

--- Raises the object with the first line outside of the library in it.
---@param err netlua.Error
---@return never
function core.raise(err) end

--- value, err, … as they came, or err raised when value is nil.
---@param value any
---@param err? netlua.Error
---@param ... any
---@return any
function core.check(value, err, ...) end

--- "script.lua:31": the innermost Lua function outside of the library.
---@return string?
function core.where() end

--- Chunks whose source begins with this are library code, not the script's.
---@param prefix string
function core.library(prefix) end

--- True once network namespaces can be made; else nil and why, with hint and gate. See user_namespaces(7).
---@return true?
---@return netlua.Error?
function core.rights_enter() end

--- What explains a refusal met elsewhere; nothing when it is no matter of rights.
---@param errno integer
---@return string? gate
---@return string? hint
function core.rights_hint(errno) end

--- One that a process holds by its descriptor number.
---@param pid integer
---@param fd integer in that process
---@param name string
---@return netlua.core.Netns?
---@return netlua.Error?
function core.netns_open_held(pid, fd, name) end

--- Takes a name away from /run/netns, which a process that was killed has left there. ip-netns(8).
---@param name string
---@return true?
---@return netlua.Error?
function core.netns_unpublish(name) end

--- Splits the process. Gives the holder's id and a file to read its report from; in the holder false and the
--- file to write it to. Only while the process has one thread.
---@return integer|false|nil pid
---@return file*|netlua.Error
function core.holder_fork() end

--- In the holder: leaves the terminal, for a session of its own.
---@return true?
---@return netlua.Error?
function core.holder_detach() end

--- Waits for the end of a holder that this process has made.
---@param pid integer
---@return integer? status its exit status, or 128 and the signal
---@return netlua.Error?
function core.holder_wait(pid) end

--- When a process was started, in ticks: together with its id this names it for good. ESRCH.
---@param pid integer
---@return integer?
---@return netlua.Error?
function core.holder_started(pid) end

--- Goes into the user, network and mount namespace of a holder, for good. setns(2).
---@param pid integer
---@return true?
---@return netlua.Error?
function core.holder_enter(pid) end

--- Ends the holder that was started then, and waits for its end. ESRCH.
---@param pid integer
---@param started integer
---@return true?
---@return netlua.Error?
function core.holder_end(pid, started) end

--- The user's id outside of user namespaces.
---@return integer
function core.holder_user() end

--- Makes a directory that only its owner can look into; EPERM when the one there is another.
---@param path string
---@return true?
---@return netlua.Error?
function core.holder_directory(path) end

--- The names of the files in a directory; none when it is not there.
---@param path string
---@return string[]
function core.holder_files(path) end

---@return integer
function core.getpid() end

--- A terminal for a program, as large as the one on standard input. pty(7).
---@return netlua.core.Pty?
---@return netlua.Error?
function core.pty_open() end

--- Is there a terminal on standard input that one could be joined to?
---@return boolean
function core.pty_wanted() end

--- What a kernel may lack, and how its configuration calls it.
---@return { group: string, word: string, config: string, module?: string }[]
function core.features() end

--- tc's text or a number as a number: seconds, bits a second, a share from 0 to 1. nil and what was expected when it
--- is neither.
---@param what "time"|"rate"|"share"
---@param value any
---@return number?
---@return string? expected
function core.tc_unit(what, value) end

--- The sentence that says what the kernel lacks.
---@param group string
---@param word string
---@return string?
function core.feature_hint(group, word) end

--- A new network namespace. The name is for people: the kernel never sees it. network_namespaces(7).
---@param name string
---@return netlua.core.Netns?
---@return netlua.Error?
function core.netns_add(name) end

--- The namespace of this process.
---@return netlua.core.Netns?
---@return netlua.Error?
function core.netns_self() end

--- One that stands under /run/netns.
---@param name string
---@return netlua.core.Netns?
---@return netlua.Error?
function core.netns_open(name) end

--- That of a running process; ESRCH when there is none.
---@param pid integer
---@return netlua.core.Netns?
---@return netlua.Error?
function core.netns_open_pid(pid) end

--- ip's words for the options of a kind of link; nil for a kind without any.
---@param kind string
---@return table?
function core.link_words(kind) end

--- A private key of WireGuard, base64.
---@return string?
---@return netlua.Error?
function core.wg_genkey() end

--- A preshared key of WireGuard, base64.
---@return string?
---@return netlua.Error?
function core.wg_genpsk() end

--- The public key of a private one.
---@param private_key string base64
---@return string base64
function core.wg_pubkey(private_key) end

--- Routing tables of all nodes of a lab along its shortest paths; nodes, segments, interfaces and prefixes are numbers
--- from 1.
---@param nodes integer[][] the segments that each node is on
---@param segments integer[][] the interfaces that forward on each segment
---@param owners integer[] the node whose each interface is
---@param families { left: integer[], right: integer[], of: integer[], usable: boolean[] }[] left and right: a prefix's halves,
--- 0 for a subnet; of: each segment's subnet, 0 for none; usable: each interface that has an address
---@param plain integer a node that is led to more segments than that gets the shortest table, not one entry a subnet
---@return integer[][][] tables node -> family -> { prefix, interface, prefix, interface, … }
function core.paths(nodes, segments, owners, families, plain) end

--- Makes the namespaces and carries out the steps: all of it, or nil and an error whose `step` is the number of the
--- refused one.
---@param nodes { name: string, sysctls?: string[] }[]
---@param ops table[]
---@return netlua.core.Netns[]?
---@return netlua.Error?
function core.plan_run(nodes, ops) end

--- The same steps in namespaces that are there.
---@param handles netlua.core.Netns[]
---@param ops table[]
---@return true?
---@return netlua.Error?
function core.plan_apply(handles, ops) end

--- Opens the pings; nothing is sent before the first step().
---@param list { netns: netlua.core.Netns, addr: string }[]
---@param opts? table
---@return netlua.core.Ping?
---@return netlua.Error?
function core.ping(list, opts) end

--- The address that packets to addr would leave with.
---@param netns netlua.core.Netns
---@param addr string
---@param opts? table
---@return string?
---@return netlua.Error?
function core.probe_source(netns, addr, opts) end

--- Opens the trace; nothing is sent before the first step().
---@param netns netlua.core.Netns
---@param addr string
---@param opts? table
---@return netlua.core.Trace?
---@return netlua.Error?
function core.trace(netns, addr, opts) end

--- A running capture over the taps, packets in the order of time.
---@param taps { netns: netlua.core.Netns, node: string, ifname: string }[]
---@return netlua.core.Capture?
---@return netlua.Error?
function core.capture_open(taps) end

--- The packets of a file and what is known about it; nil, err for what is damaged. With partial, what comes before
--- the damage, and the error behind it.
---@param path string
---@param partial? boolean
---@return userdata[]? packets
---@return table | netlua.Error
function core.capture_load(path, partial) end

--- The same for a file's content.
---@param bytes string
---@param partial? boolean
---@return userdata[]? packets
---@return table | netlua.Error
function core.capture_parse(bytes, partial) end

--- Writes a list of packets.
---@param path string
---@param packets userdata[]
---@param format "pcap"|"pcapng"
---@return true?
---@return netlua.Error?
function core.capture_save(path, packets, format) end

--- Takes bytes as a packet; its fields are dissected when they are read.
---@param bytes string
---@param linktype? integer|string
---@param opts? table
---@return netlua.core.Packet
function core.packet(bytes, linktype, opts) end

--- The TCP conversations of packets whose lines are written one after another: for packet:line.
---@return userdata
function core.packet_stream() end

--- Does the packet pass a compiled filter (netlua.pcap's compile)?
---@param packet userdata
---@param program string
---@return boolean
function core.packet_passes(packet, program) end

--- The fields that each layer can have; "ip" has those of both versions.
---@return table<string, table<string, true>>
function core.packet_fields() end

--- The bytes of a packet described by tables.
---@param layers table
---@param opts? table
---@return string?
---@return netlua.Error?
function core.packet_build(layers, opts) end

--- A box for programs in that namespace: its end is the end of all that runs in it.
---@param netns netlua.core.Netns
---@param files? { hostname?: string, hosts?: string, resolv?: string }
---@return netlua.core.Box?
---@return netlua.Error?
function core.box_start(netns, files) end

--- This process's environment, a list of "NAME=value".
---@return string[]
function core.environment() end

--- What this process holds open: number -> what it points at. For tests.
---@return table<integer, string>
function core.descriptors() end

--- The process ids of this process's children, ended ones that nobody has waited for included. For tests.
---@return integer[]
function core.children() end

--- The path of the running program.
---@return string?
function core.executable() end

--- Only in builds with NETLUA_TESTING: from the n-th allocation on, of Lua and of core, all fail; nil: none does any more.
---@param n? integer
---@return boolean refused was one refused since the call before?
function core.fail_allocation(n) end
