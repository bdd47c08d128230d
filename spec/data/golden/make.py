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
    eth() / IPv6(src="::", dst="ff02::1:ff00:2", hlim=255) / ICMPv6ND_NS(tgt=IP6B) / bytes.fromhex("0e01c6b786975659") / ICMPv6NDOptSrcLLAddr(lladdr=A),
    eth() / IPv6(src=LL1, dst="ff02::1", hlim=255) / ICMPv6ND_RA() / ICMPv6NDOptDNSSL(searchlist=["example.org", "lab.example"], lifetime=60)
    / ICMPv6NDOptAdvInterval(advint=1000) / ICMPv6NDOptHAInfo(pref=1, lifetime=2),
    ip6(hlim=255) / ICMPv6ND_NA(tgt=IP6B, R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=B),
    ip6(hlim=255) / ICMPv6ND_NA(tgt=IP6B, R=0, S=0, O=0),
    ip6(hlim=255) / ICMPv6ND_Redirect(tgt=LL2, dst="2001:db8:2::1") / ICMPv6NDOptDstLLAddr(lladdr=B) / ICMPv6NDOptRedirectedHdr(pkt=QUOTED_6),
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

BRIDGES = "01:80:c2:00:00:00"
BPDU = dict(rootid=0x8000, rootmac=A, bridgeid=0x8001, bridgemac=B, portid=0x8002, pathcost=4)


def dot3(data, dst=BRIDGES):
    return Dot3(src=A, dst=dst, len=len(data)) / data


def rapid(flags):
    return bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(version=2, bpdutype=2, bpduflags=flags, **BPDU)) + b"\0"


write("lan", [
    pad(dot3(bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(**BPDU)))),
    pad(dot3(bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(bpduflags=0x81, age=1.5, **BPDU)))),
    pad(dot3(bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3)) + b"\0\0\0\x80")),
    pad(dot3(rapid(0x3c))),
    pad(dot3(rapid(0x0e))),
    pad(dot3(bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3)) + b"\0\0\7\0")),
    pad(dot3(bytes(LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x800) / IP(src=IP1, dst=IP2, id=1) / ICMP(id=1, seq=1)), B)),
    pad(dot3(bytes(LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0x00000c, code=0x010b) / STP(**BPDU)), "01:00:0c:cc:cc:cd")),
    pad(dot3(bytes(LLC(dsap=0x04, ssap=0x04, ctrl=3)) + b"abc", B)),
    pad(dot3(bytes([0x04, 0x05, 0xbf, 1, 2]), B)),
    pad(dot3(bytes([0x7e, 0x7e, 0x01, 0x0a]), B)),
    eth() / Dot1Q(vlan=10, type=3 + 35) / bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(**BPDU)),
    Ether(src=A, dst="01:80:c2:00:00:0e") / LLDPDUChassisID(subtype=4, id=A) / LLDPDUPortID(subtype=5, id=b"eth0") / LLDPDUTimeToLive(ttl=120)
    / LLDPDUSystemName(system_name=b"switch-1") / LLDPDUSystemDescription(description=b"a switch") / LLDPDUPortDescription(description=b"to h1")
    / LLDPDUSystemCapabilities(mac_bridge_available=1, router_available=1, mac_bridge_enabled=1)
    / LLDPDUManagementAddress(management_address_subtype=1, management_address=socket.inet_aton(IP1), interface_numbering_subtype=2, interface_number=3)
    / LLDPDUEndOfLLDPDU(),
    pad(Ether(src=A, dst="01:80:c2:00:00:0e") / LLDPDUChassisID(subtype=7, id=b"box") / LLDPDUPortID(subtype=3, id=A) / LLDPDUTimeToLive(ttl=0) / LLDPDUEndOfLLDPDU()),
])

write("route", [
    eth() / IP(src=IP1, dst="224.0.0.1", ttl=1, id=0, options=[IPOption_Router_Alert()]) / IGMP(type=0x11, mrcode=100, gaddr="0.0.0.0"),
    eth() / IP(src=IP1, dst="239.1.2.3", ttl=1, id=0) / IGMP(type=0x11, mrcode=10, gaddr="239.1.2.3"),
    eth() / IP(src=IP1, dst="224.0.0.1", ttl=1, id=0) / IGMP(type=0x11, mrcode=0, gaddr="0.0.0.0"),
    eth() / IP(src=IP1, dst="239.1.2.3", ttl=1, id=0) / IGMP(type=0x16, mrcode=0, gaddr="239.1.2.3"),
    eth() / IP(src=IP1, dst="239.1.2.3", ttl=1, id=0) / IGMP(type=0x12, mrcode=0, gaddr="239.1.2.3"),
    eth() / IP(src=IP1, dst="224.0.0.2", ttl=1, id=0) / IGMP(type=0x17, mrcode=0, gaddr="239.1.2.3"),
    eth() / IP(src=IP1, dst="224.0.0.1", ttl=1, id=0) / IGMPv3(type=0x11, mrcode=100) / IGMPv3mq(gaddr="0.0.0.0", qrv=2, qqic=125),
    eth() / IP(src=IP1, dst="239.1.2.3", ttl=1, id=0) / IGMPv3(type=0x11, mrcode=20) / IGMPv3mq(gaddr="239.1.2.3", qrv=2, qqic=125, srcaddrs=["192.0.2.7", "192.0.2.8"]),
    eth() / IP(src=IP1, dst="224.0.0.22", ttl=1, id=0) / IGMPv3(type=0x22)
    / IGMPv3mr(records=[IGMPv3gr(rtype=4, maddr="239.1.2.3"), IGMPv3gr(rtype=6, maddr="239.1.2.4", srcaddrs=["192.0.2.7"])]),
    eth() / IP(src=IP1, dst="224.0.0.2", ttl=1, id=0, proto=2) / bytes.fromhex("17001234ef010203"),
    eth() / IP(src=IP1, dst="224.0.0.5", ttl=1, id=0, proto=89) / OSPF_Hdr(src="192.0.2.254", area="0.0.0.0")
    / OSPF_Hello(mask="255.255.255.0", options=0x12, router="192.0.2.254", backup="192.0.2.253", neighbors=["192.0.2.253", "192.0.2.252"]),
    eth() / IP(src=IP1, dst="224.0.0.5", ttl=1, id=0, proto=89) / OSPF_Hdr(src="192.0.2.254", area="0.0.0.1", authtype=1, authdata=int.from_bytes(b"secret\0\0", "big"))
    / OSPF_Hello(mask="255.255.255.0", options=2),
    eth() / IPv6(src=LL1, dst="ff02::5", hlim=1, nh=89) / OSPFv3_Hdr(src="192.0.2.254", area="0.0.0.0") / OSPFv3_Hello(intid=7, options=0x13, router="192.0.2.254", neighbors=["192.0.2.253"]),
    ip(proto=47) / GRE(proto=0x0800) / IP(src="198.51.100.1", dst="198.51.100.2", id=7) / ICMP(id=1, seq=1) / echo(8),
    ip(proto=47) / GRE(proto=0x86dd, key_present=1, key=42, seqnum_present=1, sequence_number=9) / IPv6(src=IP6A, dst=IP6B) / UDP(sport=1, dport=9999) / b"x",
    ip(proto=47) / GRE(proto=0x6558, chksum_present=1) / Ether(src=B, dst=A) / ARP(op=1, hwsrc=B, psrc=IP2, pdst=IP1),
    ip(proto=47) / GRE(proto=0x88b5) / echo(8),
    ip() / UDP(sport=50000, dport=4789) / VXLAN(flags=8, vni=100) / Ether(src=B, dst=A) / IP(src="198.51.100.1", dst="198.51.100.2", id=7) / TCP(sport=1, dport=9999, seq=5),
    ip6() / UDP(sport=50000, dport=4789) / VXLAN(flags=8, vni=0xfffffe) / Ether(src=B, dst=A) / Dot1Q(vlan=5) / ARP(op=1, hwsrc=B, psrc=IP2, pdst=IP1),
])


def dns(data, sport=53, dport=40000):
    return ip() / UDP(sport=sport, dport=dport) / data


ANSWERS = (DNSRR(rrname="www.example.org", type="CNAME", rdata="web.example.org", ttl=60)
           / DNSRR(rrname="web.example.org", type="A", rdata=IP2, ttl=60))
TCPDNS = bytes(DNS(id=77, rd=1, qd=DNSQR(qname="www.example.org")))
write("dns", [
    dns(DNS(id=1, rd=1, qd=DNSQR(qname="www.example.org", qtype="A")), 40000, 53),
    dns(DNS(id=2, rd=1, qd=DNSQR(qname="www.example.org", qtype="AAAA"), ar=DNSRROPT(rclass=1232, z=0x8000)), 40000, 53),
    dns(DNS(id=1, qr=1, rd=1, ra=1, qd=DNSQR(qname="www.example.org"), an=ANSWERS)),
    dns(DNS(id=2, qr=1, aa=1, rd=1, ra=0, qd=DNSQR(qname="www.example.org", qtype="AAAA"), an=DNSRR(rrname="www.example.org", type="AAAA", rdata=IP6B))),
    dns(DNS(id=3, qr=1, rcode=3, rd=1, ra=1, qd=DNSQR(qname="no.example.org"),
            ns=DNSRRSOA(rrname="example.org", type="SOA", mname="ns.example.org", rname="root.example.org", serial=7, refresh=1, retry=2, expire=3, minimum=4))),
    dns(DNS(id=4, qr=1, rd=1, ra=1, qd=DNSQR(qname="example.org", qtype="MX"), an=DNSRRMX(rrname="example.org", type="MX", preference=10, exchange="mail.example.org"))),
    dns(DNS(id=5, qr=1, rd=1, ra=1, qd=DNSQR(qname="example.org", qtype="TXT"), an=DNSRR(rrname="example.org", type="TXT", rdata=[b"v=spf1 -all", b"x"]))),
    dns(DNS(id=6, qr=1, rd=1, ra=1, qd=DNSQR(qname="_http._tcp.example.org", qtype="SRV"), an=DNSRRSRV(rrname="_http._tcp.example.org", type="SRV", priority=1, weight=2, port=80, target="web.example.org"))),
    dns(DNS(id=7, qr=1, rd=1, ra=1, qd=DNSQR(qname="1.2.0.192.in-addr.arpa", qtype="PTR"), an=DNSRR(rrname="1.2.0.192.in-addr.arpa", type="PTR", rdata="h1.example.org"))),
    dns(DNS(id=8, qr=1, rd=1, ra=1, qd=DNSQR(qname="example.org", qtype="SOA"),
            an=DNSRRSOA(rrname="example.org", type="SOA", mname="ns.example.org", rname="root.example.org", serial=7, refresh=1, retry=2, expire=3, minimum=4))),
    dns(DNS(id=9, opcode=5, qd=DNSQR(qname="example.org", qtype="SOA")), 40000, 53),
    dns(DNS(id=10, rd=1, qd=DNSQR(qname=".", qtype="NS", qclass="CH")), 40000, 53),
    dns(DNS(id=11, rd=1, cd=1, qd=DNSQR(qname="a b\\x01.example.org", qtype=65280)), 40000, 53),
    dns(DNS(id=12, qr=1, tc=1, rd=1, ra=1, ad=1, rcode=2, qd=None)),
    dns(bytes.fromhex("000d01000001000000000000") + b"\xc0\x0c\0\1\0\1", 40000, 53),
    dns(bytes.fromhex("000d01000001000000000000") + b"\x03www\x05", 40000, 53),
    dns(b"short", 40000, 53),
    eth() / IP(src=IP1, dst="224.0.0.251", id=1) / UDP(sport=5353, dport=5353) / DNS(id=0, qd=DNSQR(qname="_http._tcp.local", qtype="PTR", qclass=0x8001)),
    eth() / IP(src=IP1, dst="224.0.0.251", id=1) / UDP(sport=5353, dport=5353)
    / DNS(id=0, qr=1, aa=1, qd=None, an=DNSRR(rrname="h1.local", type="A", rclass=0x8001, rdata=IP1, ttl=120)),
    ip() / TCP(sport=40000, dport=53, flags="PA", seq=1, ack=1) / (struct.pack(">H", len(TCPDNS)) + TCPDNS),
    ip() / TCP(sport=40001, dport=53, flags="PA", seq=1, ack=1) / (struct.pack(">H", len(TCPDNS) + 5) + TCPDNS),
])

CHADDR = bytes.fromhex(A.replace(":", ""))


def dhcp(sport, dport, options, **more):
    more.setdefault("op", 1)
    return (Ether(src=A, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255", id=0) / UDP(sport=sport, dport=dport)
            / BOOTP(chaddr=CHADDR, xid=0x12345678, **more) / DHCP(options=options))


DUID = b"\0\1\0\1\x2c\0\0\1" + CHADDR
SOLICIT = (DHCP6_Solicit(trid=0xabcdef) / DHCP6OptClientId(duid=DUID_LL(lladdr=A)) / DHCP6OptOptReq(reqopts=[23, 24])
           / DHCP6OptElapsedTime(elapsedtime=100) / DHCP6OptIA_NA(iaid=7, T1=0, T2=0) / DHCP6OptRapidCommit())
write("dhcp", [
    dhcp(68, 67, [("message-type", "discover"), ("client_id", b"\1" + CHADDR), ("hostname", b"h1"), ("param_req_list", [1, 3, 6, 15, 51, 200]), "end", "pad", "pad"], flags="B"),
    dhcp(67, 68, [("message-type", "offer"), ("server_id", IP2), ("lease_time", 3600), ("subnet_mask", "255.255.255.0"), ("router", GW),
                  ("name_server", "192.0.2.53", "192.0.2.54"), ("domain", b"example.org"), (121, b"\x18\xc6\x33\x64" + socket.inet_aton(GW) + b"\0" + socket.inet_aton(GW)), "end"],
         op=2, yiaddr="192.0.2.100", siaddr=IP2),
    dhcp(68, 67, [("message-type", "request"), ("requested_addr", "192.0.2.100"), ("server_id", IP2), ("max_dhcp_size", 1500), ("vendor_class_id", b"netlua"), "end"], secs=3),
    dhcp(67, 68, [("message-type", "ack"), ("server_id", IP2), ("lease_time", 3600), ("renewal_time", 1800), ("rebinding_time", 3150), (81, b"\1\xff\xffh1"), "end"],
         op=2, yiaddr="192.0.2.100", giaddr=GW, hops=1, sname=b"server", file=b"boot.img"),
    dhcp(67, 68, [("message-type", "nak"), ("server_id", IP2), ("error_message", b"no"), "end"], op=2),
    dhcp(68, 67, [("message-type", "release"), (82, b"\1\4eth0\2\2ab"), (224, b"\1\2\3"), (225, b"\1\2"), (226, b"\1\2\3\4"), "end"], ciaddr="192.0.2.100"),
    ip() / UDP(sport=68, dport=67) / BOOTP(chaddr=CHADDR, xid=1, options=b""),
    eth() / IPv6(src=LL1, dst="ff02::1:2") / UDP(sport=546, dport=547) / SOLICIT,
    eth() / IPv6(src=LL2, dst=LL1) / UDP(sport=547, dport=546)
    / (DHCP6_Reply(trid=0xabcdef) / DHCP6OptServerId(duid=DUID_LLT(timeval=1, lladdr=B)) / DHCP6OptPref(prefval=255)
       / DHCP6OptIA_NA(iaid=7, T1=100, T2=200, ianaopts=[DHCP6OptIAAddress(addr="2001:db8::100", preflft=300, validlft=400)])
       / DHCP6OptIA_PD(iaid=8, T1=1, T2=2, iapdopt=[DHCP6OptIAPrefix(prefix="2001:db8:5::", plen=48, preflft=3, validlft=4)])
       / DHCP6OptDNSServers(dnsservers=["2001:db8::53"]) / DHCP6OptDNSDomains(dnsdomains=["example.org"]) / DHCP6OptStatusCode(statuscode=0, statusmsg=b"ok")),
    eth() / IPv6(src=LL1, dst="ff05::1:3") / UDP(sport=547, dport=547)
    / (DHCP6_RelayForward(hopcount=1, linkaddr="2001:db8::1", peeraddr=LL1) / DHCP6OptIfaceId(ifaceid=b"eth0") / DHCP6OptRelayMsg(message=SOLICIT)),
    eth() / IPv6(src=LL1, dst="ff02::1:2") / UDP(sport=546, dport=547) / DHCP6_InfoRequest(trid=5),
])

write("http", [
    tcp("PA", b"GET /index.html?q=1 HTTP/1.1\r\nHost: web\r\nUser-Agent: curl/7.88\r\nAccept: */*\r\nAccept: text/html\r\n\r\n", dport=80, ack=1),
    tcp("PA", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello", sport=80, dport=40000, seq=5, ack=1000001),
    tcp("PA", b"HTTP/1.0 404 Not Found\r\nServer: x\r\n", sport=80, dport=40001, ack=2),
    tcp("PA", b"\0\1\2 just the middle of something", sport=80, dport=40002, ack=2),
    tcp("PA", b"POST /x HTTP/1.1\nHost: web\n\nbody", sport=40003, dport=8080, ack=2),
    tcp("PA", b"220 mail.example.org ESMTP\r\n", sport=25, dport=40004, ack=2),
    tcp("PA", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", sport=22, dport=40006, ack=2),
    tcp("PA", b"\0\1\2\3 keys", sport=22, dport=40007, ack=2),
    ip() / UDP(sport=40000, dport=514) / b"<13>Nov 28 18:00:00 h1 netlua: hello",
    ip() / UDP(sport=40000, dport=514) / b"<191>debugging",
    tcp("PA", b"USER anonymous\r\n", sport=40005, dport=21, ack=2),
])
