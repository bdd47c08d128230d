// An entry of a list of qdiscs, classes or filters: whatever the bytes, the parser says no or gives
// a struct that can be written out.
#include "qdisc.h"
#include "tcclass.h"
#include "tcfilter.h"
#include "message.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reading must not be optimised away.
static volatile uint64_t sink;

static void read_stats(const struct nlu_tc_stats *s) {
    struct nlu_fq_codel_stats x;

    sink += s->bytes + s->packets + s->qlen;
    if (nlu_fq_codel_stats_read(s->app, &x))
        sink += x.maxpacket + x.drop_overmemory;
}

static void read_prefix(const struct nlu_prefix *p) {
    char text[NLU_PREFIX_TEXT];

    if (p->ip.family && p->ip.family != AF_INET && p->ip.family != AF_INET6)
        abort();
    sink += strlen(nlu_prefix_format(p, text));
}

static void read_filter(const struct nlu_tcfilter *f) {
    sink += strlen(f->kind_name) + (f->action_kind ? strlen(f->action_kind) : 0);
    read_prefix(&f->match.src);
    read_prefix(&f->match.dst);
    if (f->key_count > NLU_U32_KEYS)
        abort();
    for (size_t i = 0; i < f->key_count; i++)
        sink += f->keys[i].value & f->keys[i].mask;
}

static void read_message(const struct nlmsghdr *msg, struct nlu_arena *arena) {
    struct nlu_tcfilter filter;
    struct nlu_tcclass class;
    struct nlu_qdisc qdisc;

    if (nlu_qdisc_parse(msg, arena, &qdisc) == 0) {
        sink += strlen(qdisc.kind);
        if (qdisc.options.type == NLU_QDISC_PRIO)
            sink += qdisc.options.prio.bands + qdisc.options.prio.priomap[15];
        read_stats(&qdisc.stats);
    }
    if (nlu_tcclass_parse(msg, arena, &class) == 0) {
        sink += strlen(class.kind) + class.htb.burst;
        read_stats(&class.stats);
    }
    if (nlu_tcfilter_parse(msg, arena, &filter) == 0)
        read_filter(&filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct nlu_arena arena = {0};
    struct nlmsghdr *msg = fuzz_message(data, size);

    if (!msg)
        return 0;
    read_message(msg, &arena);
    nlu_arena_free(&arena);
    free(msg);
    return 0;
}
