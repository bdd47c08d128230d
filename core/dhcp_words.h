// What DHCP's numbers are called (RFC 2132, RFC 8415). Pure.
#ifndef NLU_DHCP_WORDS_H
#define NLU_DHCP_WORDS_H

// "discover" for 1; NULL for none. The number, or -1.
const char *nlu_dhcp_message_word(int type);
int nlu_dhcp_message_number(const char *word);

// "requested address" for 50; NULL for none.
const char *nlu_dhcp_option_word(int code);

// "solicit" for 1; NULL for none. The number, or -1.
const char *nlu_dhcp6_message_word(int type);
int nlu_dhcp6_message_number(const char *word);

// "ia_na" for 3; NULL for none.
const char *nlu_dhcp6_option_word(int code);

// How an option of DHCPv6 is laid out, for reading and writing it.
enum nlu_dhcp6_form {
    NLU_DHCP6_BYTES,
    NLU_DHCP6_IA, // iaid, t1, t2, options
    NLU_DHCP6_IA_TEMPORARY, // iaid, options
    NLU_DHCP6_ADDRESS, // address, preferred, valid, options
    NLU_DHCP6_PREFIX, // preferred, valid, prefix, options
    NLU_DHCP6_ADDRESSES, // a list
    NLU_DHCP6_CODES, // a list of option codes
    NLU_DHCP6_STATUS, // status, message
    NLU_DHCP6_NUMBER, // of one, two or four bytes
};
enum nlu_dhcp6_form nlu_dhcp6_option_form(int code);

#endif
