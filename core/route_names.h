// The words of ip-route(8) for the numbers of rtnetlink(7): tables, protocols, scopes, types, DS
// fields. Those that iproute2 ships; what a machine's /etc/iproute2 adds is idnames.h's. Pure.
#ifndef NLU_ROUTE_NAMES_H
#define NLU_ROUTE_NAMES_H

#include "util.h"

enum { NLU_ROUTE_NAME = 16 };

// The word for a number; a number without a word is written out into buf, as ip does.
const char *nlu_table_name(uint32_t table, char buf[NLU_ROUTE_NAME]);
const char *nlu_protocol_name(uint8_t protocol, char buf[NLU_ROUTE_NAME]);
const char *nlu_addr_protocol_name(uint8_t protocol, char buf[NLU_ROUTE_NAME]);
const char *nlu_scope_name(uint8_t scope, char buf[NLU_ROUTE_NAME]);
const char *nlu_route_type_name(uint8_t type, char buf[NLU_ROUTE_NAME]);
const char *nlu_dsfield_name(uint8_t dsfield, char buf[NLU_ROUTE_NAME]); // "AF11", "0x10"
const char *nlu_realm_name(uint16_t realm, char buf[NLU_ROUTE_NAME]);
const char *nlu_family_name(uint8_t family); // "inet", "inet6", …; "???" as ip has it

// The number for a word or for a written number ("100", "0x64"). 0 or -EINVAL.
NLU_CHECKED int nlu_table_parse(const char *text, uint32_t *ret_table);
NLU_CHECKED int nlu_protocol_parse(const char *text, uint8_t *ret_protocol);
NLU_CHECKED int nlu_addr_protocol_parse(const char *text, uint8_t *ret_protocol);
NLU_CHECKED int nlu_scope_parse(const char *text, uint8_t *ret_scope);
NLU_CHECKED int nlu_route_type_parse(const char *text, uint8_t *ret_type);
NLU_CHECKED int nlu_dsfield_parse(const char *text, uint8_t *ret_dsfield);

#endif
