// Packets taken apart: which layers there are, where, and what their fields say. Pure: bytes in,
// struct out, nothing allocated, never a read outside the bytes, whatever they are.
//
// nlu_dissect finds the layers; fields are read one by one when somebody asks for them.
#ifndef NLU_DISSECT_H
#define NLU_DISSECT_H

#include "util.h"
#include "value.h"

// LINKTYPE_ values of capture files (libpcap's DLT_ where they are the same on Linux).
enum {
    NLU_LINK_NULL = 0, // BSD loopback: address family in the byte order of the machine
    NLU_LINK_ETHERNET = 1,
    NLU_LINK_RAW_BSD = 12, // DLT_RAW of most systems, which libpcap hands out on Linux
    NLU_LINK_RAW = 101, // IPv4 or IPv6, told by the first nibble
    NLU_LINK_LOOP = 108, // the same as NULL, in network byte order
    NLU_LINK_SLL = 113, // Linux cooked, "any" device
    NLU_LINK_IPV4 = 228,
    NLU_LINK_IPV6 = 229,
    NLU_LINK_SLL2 = 276,
};

// In the order in which a packet is built when nothing else is said; see core/build.h.
enum nlu_layer_kind {
    NLU_LAYER_NONE,
    NLU_LAYER_ETH,
    NLU_LAYER_SLL,
    NLU_LAYER_SLL2,
    NLU_LAYER_LOOPBACK,
    NLU_LAYER_VLAN,
    NLU_LAYER_LLC,
    NLU_LAYER_STP,
    NLU_LAYER_LLDP,
    NLU_LAYER_ARP,
    NLU_LAYER_IP4,
    NLU_LAYER_IP6,
    NLU_LAYER_ICMP,
    NLU_LAYER_ICMP6,
    NLU_LAYER_IGMP,
    NLU_LAYER_OSPF,
    NLU_LAYER_GRE,
    NLU_LAYER_UDP,
    NLU_LAYER_TCP,
    NLU_LAYER_VXLAN,
    NLU_LAYER_DNS,
    NLU_LAYER_DHCP,
    NLU_LAYER_DHCP6,
    NLU_LAYER_HTTP,
    NLU_LAYER_KINDS,
};

enum nlu_problem {
    NLU_SOUND,
    NLU_PROBLEM_TRUNCATED, // the capture kept fewer bytes than were on the wire
    NLU_PROBLEM_SHORT, // the layer below says it carries less than this header
    NLU_PROBLEM_HEADER, // a header length below the fixed header or beyond the packet
    NLU_PROBLEM_LENGTH, // a length field beyond the packet
    NLU_PROBLEM_VERSION,
    NLU_PROBLEM_DEEP, // more than NLU_LAYERS_MAX layers: the rest is payload
};

// A tunnel in a tunnel in a VLAN with DNS inside has 15.
enum { NLU_LAYERS_MAX = 20 };

// [offset, offset + header) is the header, [offset + header, end) what it carries: both inside the
// captured bytes. `length` is what the packet says of header and carried bytes together.
struct nlu_layer {
    uint8_t kind; // enum nlu_layer_kind
    uint8_t problem; // enum nlu_problem
    uint8_t nth; // 1 for the first layer of its name, 2 for an inner one
    uint32_t offset, header, end, length;
    uint32_t info; // for the dissector's own use
};

struct nlu_packet {
    const uint8_t *bytes; // the caller's
    uint32_t caplen, wirelen;
    int linktype;
    bool quoted; // the start of a packet inside an ICMP error: being cut short is no fault
    uint32_t count;
    struct nlu_layer layers[NLU_LAYERS_MAX];
};

enum nlu_get {
    NLU_GET_FUNCTION,
    NLU_GET_U8,
    NLU_GET_BE16,
    NLU_GET_BE32,
    NLU_GET_IP4,
    NLU_GET_IP6,
    NLU_GET_MAC,
};

enum {
    NLU_FIELD_ALIAS = 1, // another name, or told by other fields: not in a packet's table
    NLU_FIELD_TREE = 2, // gives a table or made text: needs a tree with an arena
    NLU_FIELD_FILLED = 4, // a length or checksum that core/build.h fills in when it is not given
};

// One field of a layer. Plain ones say where they stand, others are functions.
struct nlu_field {
    const char *name;
    uint8_t get; // enum nlu_get
    uint8_t flags;
    uint8_t shift;
    uint16_t offset; // in the header
    uint32_t mask; // after the shift; 0 keeps all bits
    struct nlu_value (*function)(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree);
};

// Finds the layers. wirelen less than caplen counts as caplen. bytes must outlive *ret_packet.
void nlu_dissect(int linktype, const void *bytes, size_t caplen, size_t wirelen,
                 struct nlu_packet *ret_packet);

// The same for the beginning of an IP packet that an ICMP error quotes.
void nlu_dissect_quoted(const void *bytes, size_t size, struct nlu_packet *ret_packet);

// The packet that an ICMP or ICMPv6 error quotes in this layer; false when there is none.
bool nlu_dissect_inner(const struct nlu_packet *packet, const struct nlu_layer *layer,
                       struct nlu_packet *ret_inner);

// "eth", "ip" (both versions), "tcp" …; never NULL.
const char *nlu_layer_name(enum nlu_layer_kind kind);

// The layer called name; "ip2" is the second "ip", as inside a tunnel; "ip4" and "ip6" are "ip" of
// that version only. NULL when the packet has none.
const struct nlu_layer *nlu_layer_find(const struct nlu_packet *packet, const char *name);
const struct nlu_layer *nlu_layer_of(const struct nlu_packet *packet, enum nlu_layer_kind kind);

// Is there such a name at all? For telling a missing layer from a misspelt one.
bool nlu_layer_known(const char *name);
// The same without a number behind it: "ip" and "icmp6", not "ip2".
bool nlu_layer_is_name(const char *name);

// The fields of a kind of layer, ending with a NULL name.
const struct nlu_field *nlu_layer_fields(enum nlu_layer_kind kind);
const struct nlu_field *nlu_field_find(enum nlu_layer_kind kind, const char *name);

// What the field says; nil when the packet does not reach that far or has no such thing. tree may
// be NULL for fields without NLU_FIELD_TREE.
struct nlu_value nlu_field_get(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               const struct nlu_field *field, struct nlu_tree *tree);

// All fields that are no aliases, as a table.
struct nlu_value nlu_layer_table(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree);

// What is wrong with a layer in a few words, or NULL. Looks into options and names too.
const char *nlu_layer_problem(const struct nlu_packet *packet, const struct nlu_layer *layer);

// What stands behind the last layer, up to the end that the layers give it; *ret_size may be 0.
const uint8_t *nlu_packet_payload(const struct nlu_packet *packet, size_t *ret_size);

// What stands behind the packet in its frame: Ethernet's padding, mostly.
const uint8_t *nlu_packet_trailer(const struct nlu_packet *packet, size_t *ret_size);

enum nlu_sum {
    NLU_SUM_NONE, // no checksum, or not computable from what was captured
    NLU_SUM_RIGHT,
    NLU_SUM_WRONG,
    NLU_SUM_PARTIAL, // only the pseudo header: left for the network card to finish
    NLU_SUM_OFF, // UDP over IPv4 with a checksum of 0
};

// Holds the layer's checksum against the bytes. *ret_has is what the packet says, *ret_want what it
// should say; both only for RIGHT, WRONG and PARTIAL.
enum nlu_sum nlu_layer_verify(const struct nlu_packet *packet, const struct nlu_layer *layer,
                              uint16_t *ret_has, uint16_t *ret_want);

#endif
