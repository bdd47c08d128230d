#!/usr/bin/python3
"""Makes the golden captures beside it (Debian's python3-scapy). They are in the tree: run this only to add packets.

One file for each group of protocols. Addresses are documentation's, everything is fixed, so that a new run changes nothing.
"""
import os
import struct
from scapy.all import *
from scapy.contrib.lldp import *
from scapy.contrib.ospf import *
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3mq, IGMPv3mr, IGMPv3gr

HERE = os.path.dirname(os.path.abspath(__file__))
A, B = "02:00:5e:00:53:01", "02:00:5e:00:53:02"
IP1, IP2, GW = "192.0.2.1", "192.0.2.2", "192.0.2.254"
IP6A, IP6B = "2001:db8::1", "2001:db8::2"
LL1, LL2 = "fe80::5eff:fe00:5301", "fe80::5eff:fe00:5302"


def write(name, packets, linktype=1):
    """A classic pcap: little-endian, microseconds, one packet every 1.000123 s from a fixed day on."""
    with open(os.path.join(HERE, name + ".pcap"), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype))
        for i, packet in enumerate(packets):
            data = bytes(packet)
            f.write(struct.pack("<IIII", 1700000000 + i, (123456 + i * 123) % 1000000, len(data), len(data)))
            f.write(data)


def eth(**more):
    return Ether(src=A, dst=B, **more)


def ip(**more):
    more.setdefault("id", 4242)
    return eth() / IP(src=IP1, dst=IP2, **more)


def ip6(**more):
    return eth() / IPv6(src=IP6A, dst=IP6B, **more)


def pad(p):
    data = bytes(p)
    return data + bytes(60 - len(data)) if len(data) < 60 else data


def echo(n=56):
    return bytes(range(n))


def with_options(data, **more):
    """IPv4 with options as they are given: their length is a multiple of four."""
    plain = bytes(ip(ihl=5 + len(data) // 4, len=20 + len(data) + 16, chksum=0, **more) / ICMP(id=1, seq=1) / echo(8))
    header = bytearray(plain[14:34] + data)
    header[10:12] = struct.pack(">H", checksum(bytes(header)))
    return plain[:14] + bytes(header) + plain[34:]


QUOTED_UDP = bytes(IP(src=IP1, dst="198.51.100.1", ttl=1, id=77) / UDP(sport=40000, dport=33434) / b"probe")[:28 + 5]
QUOTED_TCP = bytes(IP(src=IP1, dst="198.51.100.1", ttl=9, id=78, flags="DF") / TCP(sport=40000, dport=443, seq=7))
QUOTED_6 = bytes(IPv6(src=IP6A, dst="2001:db8:2::1", hlim=1) / UDP(sport=40000, dport=33434) / b"probe")

write("arp", [
    Ether(src=A, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=A, psrc=IP1, pdst=IP2),
    eth() / ARP(op=2, hwsrc=A, psrc=IP1, hwdst=B, pdst=IP2),
    pad(Ether(src=A, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=A, psrc=IP1, pdst=IP2)),
    eth() / ARP(op=1, hwsrc=A, psrc=IP1, hwdst=B, pdst=IP2),      # unicast probe of a stale neighbour
    Ether(src=A, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=A, psrc=IP1, pdst=IP1),
    eth() / ARP(op=3, hwsrc=A, psrc="0.0.0.0", hwdst=A, pdst="0.0.0.0"),
    eth() / ARP(op=4, hwsrc=B, psrc=IP2, hwdst=A, pdst=IP1),
    eth() / ARP(op=8, hwsrc=A, psrc=IP1, hwdst=B, pdst="0.0.0.0"),
    eth() / ARP(op=9, hwsrc=A, psrc=IP1, hwdst=B, pdst=IP2),
])

write("icmp", [
    ip(flags="DF") / ICMP(type=8, id=1234, seq=1) / echo(),
    ip(ttl=63) / ICMP(type=0, id=1234, seq=1) / echo(),
    ip() / ICMP(type=8, id=0xffff, seq=0xffff) / echo(0),
    pad(ip() / ICMP(type=8, id=1, seq=2) / echo(3)),
    ip() / ICMP(type=11, code=0) / QUOTED_UDP,
    ip() / ICMP(type=11, code=1) / QUOTED_UDP,
    *[ip(tos=0xc0) / ICMP(type=3, code=c) / QUOTED_UDP for c in range(17) if c != 4],
    ip() / ICMP(type=3, code=3) / QUOTED_TCP,
    ip() / ICMP(type=3, code=3) / bytes(IP(src=IP1, dst=IP2, proto=253) / echo(8)),
    ip() / ICMP(type=3, code=4, nexthopmtu=1400) / QUOTED_TCP,
    ip() / ICMP(type=3, code=4, nexthopmtu=0) / QUOTED_TCP,
    *[ip() / ICMP(type=5, code=c, gw=GW) / QUOTED_UDP for c in range(5)],
    ip() / ICMP(type=4) / QUOTED_UDP,
    ip() / ICMP(type=12, code=0, ptr=20) / QUOTED_UDP,
    ip() / ICMP(type=12, code=1) / QUOTED_UDP,
    ip() / ICMP(type=10),
    ip() / ICMP(type=9) / b"",
    ip() / Raw(b"") if False else ip(proto=1) / Raw(bytes.fromhex("0900 0000 0102 0708".replace(" ", "")) + socket.inet_aton(GW) + b"\0\0\0\5"),
    ip() / ICMP(type=13, id=5, seq=6, ts_ori=36000000, ts_rx=0, ts_tx=0),
    ip() / ICMP(type=14, id=5, seq=6, ts_ori=36000000, ts_rx=36000123, ts_tx=36000124),
    ip() / ICMP(type=15, id=5, seq=6),
    ip() / ICMP(type=16, id=5, seq=6),
    ip() / ICMP(type=17, id=5, seq=6, addr_mask="0.0.0.0"),
    ip() / ICMP(type=18, id=5, seq=6, addr_mask="255.255.255.0"),
    ip() / ICMP(type=42, code=1) / echo(8),
    ip() / ICMP(type=8, id=1, seq=9, chksum=0x1234) / echo(8),
])

write("icmp6", [
    ip6(hlim=64) / ICMPv6EchoRequest(id=1234, seq=1, data=echo()),
    ip6(hlim=63) / ICMPv6EchoReply(id=1234, seq=1, data=echo()),
    ip6(tc=0xb8, fl=0x12345) / ICMPv6EchoRequest(id=1, seq=2, data=b""),
    *[ip6() / ICMPv6DestUnreach(code=c) / QUOTED_6 for c in range(5)],
    ip6() / ICMPv6DestUnreach(code=4) / bytes(IPv6(src=IP6A, dst=IP6B) / TCP(sport=40000, dport=443)),
    ip6() / ICMPv6PacketTooBig(mtu=1280) / QUOTED_6,
    ip6() / ICMPv6TimeExceeded(code=0) / QUOTED_6,
    ip6() / ICMPv6TimeExceeded(code=1) / QUOTED_6,
    *[ip6() / ICMPv6ParamProblem(code=c, ptr=6) / QUOTED_6 for c in range(4)],
    eth() / IPv6(src=LL1, dst="ff02::2", hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=A),
    eth() / IPv6(src=LL1, dst="ff02::1", hlim=255)
    / ICMPv6ND_RA(chlim=64, M=1, O=1, prf=1, routerlifetime=1800, reachabletime=30000, retranstimer=1000)
    / ICMPv6NDOptSrcLLAddr(lladdr=A) / ICMPv6NDOptMTU(mtu=1500)
    / ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64, L=1, A=1, validlifetime=86400, preferredlifetime=0xffffffff)
    / ICMPv6NDOptRDNSS(lifetime=600, dns=["2001:db8::53", "2001:db8::54"])
    / ICMPv6NDOptRouteInfo(plen=48, prefix="2001:db8:3::", prf=3, rtlifetime=900),
    eth() / IPv6(src=LL1, dst="ff02::1:ff00:2", hlim=255) / ICMPv6ND_NS(tgt=IP6B) / ICMPv6NDOptSrcLLAddr(lladdr=A),
    eth() / IPv6(src="::", dst="ff02::1:ff00:2", hlim=255) / ICMPv6ND_NS(tgt=IP6B),
    ip6(hlim=255) / ICMPv6ND_NA(tgt=IP6B, R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=B),
    ip6(hlim=255) / ICMPv6ND_NA(tgt=IP6B, R=0, S=0, O=0),
    ip6(hlim=255) / ICMPv6ND_Redirect(tgt=LL2, dst="2001:db8:2::1") / ICMPv6NDOptDstLLAddr(lladdr=B),
    eth() / IPv6(src=LL1, dst="ff02::1", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLQuery(mladdr="::", mrd=10000),
    eth() / IPv6(src=LL1, dst="ff02::1:3", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport(mladdr="ff02::1:3"),
    eth() / IPv6(src=LL1, dst="ff02::2", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLDone(mladdr="ff02::1:3"),
    eth() / IPv6(src=LL1, dst="ff02::1", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()])
    / ICMPv6MLQuery2(mladdr="ff02::1:3", mrd=10000, S=1, QRV=2, QQIC=125, sources=["2001:db8::7"]),
    eth() / IPv6(src=LL1, dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()])
    / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::1:3"), ICMPv6MLDMultAddrRec(rtype=5, dst="ff02::1:4", sources=["2001:db8::7", "2001:db8::8"])]),
    ip6(nh=58) / Raw(bytes([250, 1, 0, 0]) + echo(8)),
    ip6() / ICMPv6EchoRequest(id=1, seq=9, data=echo(8), cksum=0x1234),
])

write("udp", [
    ip() / UDP(sport=40000, dport=9999) / echo(10),
    ip() / UDP(sport=40000, dport=33434) / echo(0),
    ip(tos=3) / UDP(sport=40000, dport=9999) / echo(9),
    ip() / UDP(sport=40000, dport=9999, chksum=0) / echo(10),
    ip() / UDP(sport=40000, dport=9999, chksum=0x1234) / echo(10),
    ip6() / UDP(sport=40000, dport=9999) / echo(11),
    ip6() / UDP(sport=40000, dport=9999, chksum=0x1234) / echo(11),
    ip() / UDP(sport=40000, dport=9999, len=100) / echo(10),
    ip() / UDP(sport=40000, dport=9999, len=7) / echo(10),
    pad(ip() / UDP(sport=40000, dport=9999) / echo(1)),
    ip(proto=17) / Raw(echo(5)),
])


def tcp(flags, payload=b"", v6=False, chksum=None, **more):
    more.setdefault("seq", 1000000)
    base = ip6() if v6 else ip(flags="DF")
    return base / TCP(sport=more.pop("sport", 40000), dport=more.pop("dport", 9999), flags=flags, chksum=chksum, **more) / payload


SYN = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (100, 0)), ("NOP", None), ("WScale", 7)]
write("tcp", [
    tcp("S", seq=1000, window=64240, options=SYN),
    tcp("SA", seq=9000, ack=1001, sport=9999, dport=40000, window=65160,
        options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (200, 100)), ("NOP", None), ("WScale", 7)]),
    tcp("A", seq=1001, ack=9001, window=502, options=[("NOP", None), ("NOP", None), ("Timestamp", (101, 200))]),
    tcp("PA", b"hello world", seq=1001, ack=9001, window=502, options=[("NOP", None), ("NOP", None), ("Timestamp", (101, 200))]),
    tcp("A", seq=9001, ack=1012, sport=9999, dport=40000, options=[("NOP", None), ("NOP", None), ("SAck", (1020, 1030, 1040, 1050))]),
    tcp("FA", seq=1012, ack=9001, window=502),
    tcp("FA", seq=9001, ack=1013, sport=9999, dport=40000),
    tcp("A", seq=1013, ack=9002),
    tcp("R", seq=1013, sport=40001),
    tcp("RA", seq=0, ack=5, sport=40002),
    tcp("S", v6=True, seq=5000, options=SYN, sport=40003),
    tcp("SA", v6=True, seq=7000, ack=5001, sport=9999, dport=40003),
    tcp("PA", b"data", v6=True, seq=5001, ack=7001, sport=40003),
    tcp("SEC", seq=1, sport=40004),
    tcp("UA", b"x", seq=1, ack=2, urgptr=1, sport=40005),
    tcp("", seq=1, sport=40006),
    tcp("FPU", seq=1, sport=40007),
    tcp("S", seq=1, sport=40008, options=[(34, b""), ("EOL", None)]),
    tcp("S", seq=1, sport=40009, options=[(34, b"12345678"), (253, b"\1\2\3"), (28, b"\0\5")]),
    tcp("S", seq=1, sport=40010, chksum=0x1234),
    tcp("PA", b"x" * 100, seq=4294967290, ack=1, sport=40011),
    tcp("A", seq=1, ack=1, sport=40012, dataofs=3),
    tcp("A", seq=1, ack=1, sport=40013, dataofs=15),
    tcp("S", seq=1, sport=40014, options=[(2, b"\1"), (99, b"ab")]),
])

RR = IPOption_RR(routers=["192.0.2.9", "0.0.0.0"], pointer=8)
write("ip4", [
    ip(options=[RR]) / ICMP(id=1, seq=1) / echo(8),
    ip(options=[IPOption_LSRR(routers=["192.0.2.9", "192.0.2.10"])]) / ICMP(id=1, seq=1) / echo(8),
    ip(options=[IPOption_SSRR(routers=["192.0.2.9"])]) / ICMP(id=1, seq=1) / echo(8),
    ip(options=[IPOption_Router_Alert()]) / ICMP(id=1, seq=1) / echo(8),
    ip(options=[IPOption_NOP(), IPOption_EOL()]) / ICMP(id=1, seq=1) / echo(8),
    with_options(bytes([68, 12, 5, 0, 0, 0, 0, 1, 0, 0, 0, 2])),
    with_options(bytes([68, 12, 13, 0x11, 192, 0, 2, 9, 0, 0, 0, 2])),
    with_options(bytes([130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
    with_options(bytes([99, 4, 1, 2])),
    *fragment(ip(id=9) / ICMP(id=1, seq=1) / (echo(256) * 12), fragsize=1480),
    *fragment(ip(id=10) / UDP(sport=40000, dport=9999) / (echo(256) * 8), fragsize=1480),
    ip(frag=100) / echo(20),
    ip(proto=253) / echo(20),
    ip(proto=4) / IP(src="198.51.100.1", dst="198.51.100.2", id=5) / UDP(sport=1, dport=9999) / b"in",
    ip(proto=41) / IPv6(src=IP6A, dst=IP6B) / ICMPv6EchoRequest(id=1, seq=1),
    ip(proto=58) / echo(8),
    ip(ttl=0, id=0, tos=0x10, flags="evil") / ICMP(id=1, seq=1),
    ip(chksum=0x1234) / ICMP(id=1, seq=1),
    ip(len=2000) / ICMP(id=1, seq=1),
    ip(len=10) / ICMP(id=1, seq=1),
    ip(ihl=3) / ICMP(id=1, seq=1),
    ip(version=5) / ICMP(id=1, seq=1),
    eth(type=0x0800) / IPv6(src=IP6A, dst=IP6B) / ICMPv6EchoRequest(),
    pad(ip(proto=253) / echo(4)),
])

write("ip6", [
    ip6() / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]) / UDP(sport=40000, dport=9999) / echo(8),
    ip6() / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")]) / TCP(sport=40000, dport=9999, seq=1),
    ip6() / IPv6ExtHdrRouting(type=0, segleft=1, addresses=["2001:db8::9"]) / ICMPv6EchoRequest(id=1, seq=1),
    ip6() / IPv6ExtHdrSegmentRouting(addresses=["2001:db8::9", "2001:db8::8"], segleft=1, lastentry=1) / UDP(sport=1, dport=9999) / b"x",
    ip6() / IPv6ExtHdrFragment(offset=0, m=1, id=0xabcdef, nh=17) / UDP(sport=40000, dport=9999, len=2008, chksum=0x1111) / echo(64),
    ip6() / IPv6ExtHdrFragment(offset=9, m=0, id=0xabcdef, nh=17) / echo(64),
    ip6() / IPv6ExtHdrFragment(offset=0, m=0, id=5, nh=58) / ICMPv6EchoRequest(id=1, seq=1),
    ip6() / IPv6ExtHdrHopByHop(options=[Pad1(), Pad1(), Pad1(), Pad1(), Pad1(), Pad1()]) / IPv6ExtHdrDestOpt(options=[HAO(hoa="2001:db8::7") if False else PadN(optdata=b"\0\0\0\0")]) / UDP(sport=40000, dport=9999) / echo(8),
    ip6(nh=59),
    ip6(nh=253) / echo(20),
    ip6(nh=41) / IPv6(src=LL1, dst=LL2) / ICMPv6EchoRequest(id=1, seq=1),
    ip6(nh=4) / IP(src=IP1, dst=IP2, id=3) / ICMP(id=1, seq=1),
    ip6(nh=1) / echo(8),
    ip6(plen=500) / UDP(sport=40000, dport=9999) / echo(8),
    ip6(version=5) / UDP(sport=40000, dport=9999) / echo(8),
    pad(ip6(nh=253) / b"x"),
])

write("eth", [
    eth() / Dot1Q(vlan=10, prio=3) / IP(src=IP1, dst=IP2, id=1) / ICMP(id=1, seq=1) / echo(8),
    eth(type=0x88a8) / Dot1Q(vlan=100, type=0x8100) / Dot1Q(vlan=200, prio=5, id=1) / IP(src=IP1, dst=IP2, id=1) / UDP(sport=1, dport=9999) / b"q",
    eth() / Dot1Q(vlan=7) / ARP(op=1, hwsrc=A, psrc=IP1, pdst=IP2),
    eth() / Dot1Q(vlan=8) / IPv6(src=IP6A, dst=IP6B) / ICMPv6EchoRequest(id=1, seq=1),
    eth(type=0x9100) / Dot1Q(vlan=8, type=0x0800) / IP(src=IP1, dst=IP2, id=1) / ICMP(id=1, seq=1),
    eth(type=0x88b5) / echo(46),
    eth() / Dot1Q(vlan=9, type=0x88b5) / echo(21),
])

COOKED = bytes(IP(src=IP1, dst=IP2, id=1) / ICMP(id=1, seq=1) / echo(8))
COOKED6 = bytes(IPv6(src=IP6A, dst=IP6B) / UDP(sport=1, dport=9999) / b"x")
ARPED = bytes(ARP(op=1, hwsrc=A, psrc=IP1, pdst=IP2))
MAC8 = bytes.fromhex(A.replace(":", "")) + b"\0\0"


def sll(kind, proto, data, arphrd=1, halen=6):
    return struct.pack(">HHH8sH", kind, arphrd, halen, MAC8, proto) + data


def sll2(kind, proto, data, arphrd=1, halen=6):
    return struct.pack(">HHIHBB8s", proto, 0, 99999, arphrd, kind, halen, MAC8) + data


write("sll", [*[sll(k, 0x800, COOKED) for k in range(6)], sll(0, 0x86dd, COOKED6), sll(1, 0x806, ARPED), sll(0, 0x800, COOKED, 772, 0),
              sll(0, 0x88b5, echo(20)), sll(0, 0x8100, bytes.fromhex("600a0800") + COOKED)], 113)
write("sll2", [*[sll2(k, 0x800, COOKED) for k in range(6)], sll2(0, 0x86dd, COOKED6), sll2(1, 0x806, ARPED), sll2(0, 0x800, COOKED, 772, 0),
               sll2(0, 0x88b5, echo(20)), sll2(0, 0x8100, bytes.fromhex("600a0800") + COOKED)], 276)
write("raw", [COOKED, COOKED6, bytes([0x50]) + echo(20)], 101)
write("null", [struct.pack("<I", 2) + COOKED, struct.pack("<I", 30) + COOKED6, struct.pack(">I", 2) + COOKED, struct.pack("<I", 28) + COOKED6,
               struct.pack("<I", 77) + echo(16)], 0)
