// Which ports of a namespace have somebody behind them: proc(5), /proc/net/tcp and its kin.
#ifndef NLU_LISTENING_H
#define NLU_LISTENING_H

#include "err.h"
#include "ipaddr.h"
#include "util.h"

#include <stdint.h>

enum nlu_listening_proto { NLU_LISTENING_TCP, NLU_LISTENING_UDP };

// 1 when a TCP socket listens on the port (UDP: is bound to it and not connected) and takes what
// comes to `address`; NULL: to any. 0 when none does. Reads text rather than asking inet_diag: no
// module has to be there. (That an IPv6 socket is for IPv6 only, the text does not tell.)
NLU_CHECKED int nlu_listening(int netns, enum nlu_listening_proto proto, uint16_t port,
                              const struct nlu_ip *address, struct nlu_err *err);

// Does this text (the file's content, or the part of it up to a line's end) name the port? Pure.
bool nlu_listening_in(const char *text, enum nlu_listening_proto proto, uint16_t port,
                      const struct nlu_ip *address);

#endif
