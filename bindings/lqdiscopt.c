// The options of each kind of queueing discipline: tables to structs, structs to tables.
#include "ltc.h"

#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const netem_keys[] = {"limit",
                                         "delay",
                                         "jitter",
                                         "delay_correlation",
                                         "distribution",
                                         "loss",
                                         "loss_correlation",
                                         "loss_state",
                                         "loss_gemodel",
                                         "duplicate",
                                         "duplicate_correlation",
                                         "corrupt",
                                         "corrupt_correlation",
                                         "reorder",
                                         "reorder_correlation",
                                         "gap",
                                         "rate",
                                         "packet_overhead",
                                         "cell_size",
                                         "cell_overhead",
                                         "slot",
                                         "ecn",
                                         "seed",
                                         NULL};
static const char *const tbf_keys[] = {"rate", "burst", "limit",    "latency", "peakrate",
                                       "mtu",  "mpu",   "overhead", NULL};
static const char *const htb_keys[] = {"default", "r2q", "direct_qlen", NULL};
static const char *const fq_codel_keys[] = {
    "limit",        "flows",        "quantum",    "target", "interval",
    "ce_threshold", "memory_limit", "drop_batch", "ecn",    NULL};
static const char *const fifo_keys[] = {"limit", NULL};
static const char *const prio_keys[] = {"bands", "priomap", NULL};
static const char *const no_keys[] = {NULL};

const char *const *nluL_qdisc_keys(const char *kind) {
    switch (nlu_qdisc_type(kind)) {
    case NLU_QDISC_NETEM:
        return netem_keys;
    case NLU_QDISC_TBF:
        return tbf_keys;
    case NLU_QDISC_HTB:
        return htb_keys;
    case NLU_QDISC_FQ_CODEL:
        return fq_codel_keys;
    case NLU_QDISC_FIFO:
        return fifo_keys;
    case NLU_QDISC_PRIO:
        return strcmp(kind, "prio") == 0 ? prio_keys : no_keys;
    case NLU_QDISC_PLAIN:
        break;
    }
    return no_keys;
}

// --- netem
// ----------------------------------------------------------------------------------------

// A name of a curve, or a list of deviations: a table in the arena.
static const int16_t *read_distribution(lua_State *L, const struct nluL_opts *opts, const char *key,
                                        struct nlu_arena *arena, size_t *ret_count) {
    if (!opts->index || lua_getfield(L, opts->index, key) == LUA_TNIL)
        return NULL;
    bool is_list = lua_istable(L, -1);
    lua_Unsigned count = is_list ? lua_rawlen(L, -1) : NLU_NETEM_TABLE;
    if (count < 1 || count > NLU_NETEM_TABLE_MAX)
        nluL_misuse(L, opts->op, key, "expected 1 to %d numbers, got %d", NLU_NETEM_TABLE_MAX,
                    (int)count);
    int16_t *table = nlu_arena_alloc(arena, count * sizeof *table);
    if (!table) {
        luaL_error(L, "not enough memory");
        return NULL; // not reached: for the analyzer, which does not know luaL_error
    }
    if (is_list) {
        for (lua_Unsigned i = 0; i < count; i++) {
            int is_integer;
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
            lua_Integer value = lua_tointegerx(L, -1, &is_integer);
            if (!is_integer || value < INT16_MIN || value > INT16_MAX)
                nluL_misuse(L, opts->op, key, "expected integers from -32768 to 32767, got %s",
                            nluL_describe(L, -1));
            table[i] = (int16_t)value;
            lua_pop(L, 1);
        }
    } else if (lua_type(L, -1) != LUA_TSTRING) {
        nluL_misuse(L, opts->op, key, "expected a name or a list of integers, got %s",
                    nluL_describe(L, -1));
    } else if (strcmp(lua_tostring(L, -1), "uniform") == 0) {
        table = NULL;
    } else if (nlu_netem_distribution(lua_tostring(L, -1), table) < 0) {
        nluL_misuse(L, opts->op, key,
                    "expected 'normal', 'pareto', 'paretonormal' or 'uniform', got %s",
                    nluL_describe(L, -1));
    }
    lua_pop(L, 1);
    *ret_count = table ? count : 0;
    return table;
}

// A list of 1 to max shares; the rest keep what *params has.
static bool read_params(lua_State *L, const struct nluL_opts *opts, const char *key, int max,
                        double *params) {
    // In tc's order; the names are for messages about one of them.
    static const char *const names[] = {"1", "2", "3", "4", "5"};
    if (!opts->index || lua_getfield(L, opts->index, key) == LUA_TNIL)
        return false;
    int count = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0;
    if (count < 1 || count > max)
        nluL_misuse(L, opts->op, key, "expected a list of 1 to %d shares, got %s", max,
                    nluL_describe(L, -1));
    lua_createtable(L, 0, count); /* [list, named] */
    struct nluL_opts list = {lua_gettop(L), opts->op};
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, -2, i + 1);
        lua_setfield(L, -2, names[i]);
    }
    for (int i = 0; i < count; i++)
        (void)nluL_opt_tcshare(L, &list, names[i], &params[i]);
    lua_pop(L, 2);
    return true;
}

static void read_loss(lua_State *L, const struct nluL_opts *opts, struct nlu_netem *n) {
    int models = 0;

    if (nluL_opt_tcshare(L, opts, "loss", &n->loss))
        models++;
    // What tc assumes for the parameters that are left out.
    double state[5] = {0, 1, 0, 1, 0};
    if (read_params(L, opts, "loss_state", 5, state)) {
        double p13 = state[0];
        // One number: losses without a pattern (p31 is then 1 - p13).
        lua_getfield(L, opts->index, "loss_state");
        if (lua_rawlen(L, -1) == 1)
            state[1] = 1 - p13;
        lua_pop(L, 1);
        n->loss_model = NLU_NETEM_LOSS_STATE;
        memcpy(n->loss_params, state, sizeof state);
        models++;
    }
    double ge[5] = {0, -1, 1, 0, 0};
    if (read_params(L, opts, "loss_gemodel", 4, ge)) {
        if (ge[1] < 0)
            ge[1] = 1 - ge[0];
        n->loss_model = NLU_NETEM_LOSS_GEMODEL;
        memcpy(n->loss_params, ge, sizeof ge);
        models++;
    }
    if (models > 1)
        nluL_misuse(L, opts->op, "loss", "only one of loss, loss_state and loss_gemodel can be");
    if (nluL_opt_tcshare(L, opts, "loss_correlation", &n->loss_correlation) && n->loss <= 0)
        nluL_misuse(L, opts->op, "loss_correlation", "needs loss");
    if (nluL_opt_boolean(L, opts, "ecn", &n->ecn) && n->ecn && !models)
        nluL_misuse(L, opts->op, "ecn", "needs loss, loss_state or loss_gemodel");
}

static void read_slot(lua_State *L, const struct nluL_opts *opts, struct nlu_arena *arena,
                      struct nlu_netem *n) {
    static const char *const keys[] = {"min_delay",    "max_delay", "packets", "bytes",
                                       "distribution", "delay",     "jitter",  NULL};
    lua_Integer integer;

    if (!opts->index || lua_getfield(L, opts->index, "slot") == LUA_TNIL)
        return;
    if (!lua_istable(L, -1))
        nluL_misuse(L, opts->op, "slot", "expected a table, got %s", nluL_describe(L, -1));
    struct nluL_opts slot = {lua_gettop(L), opts->op};
    nluL_opts_only(L, &slot, keys);
    n->has_slot = true;
    if (nluL_opt_tctime(L, &slot, "min_delay", &n->slot.min_delay))
        n->slot.max_delay = n->slot.min_delay;
    (void)nluL_opt_tctime(L, &slot, "max_delay", &n->slot.max_delay);
    if (n->slot.max_delay < n->slot.min_delay)
        nluL_misuse(L, opts->op, "slot", "max_delay is less than min_delay");
    if (nluL_opt_integer(L, &slot, "packets", 0, INT32_MAX, &integer))
        n->slot.packets = (int32_t)integer;
    if (nluL_opt_integer(L, &slot, "bytes", 0, INT32_MAX, &integer))
        n->slot.bytes = (int32_t)integer;
    (void)nluL_opt_tctime(L, &slot, "delay", &n->slot.dist_delay);
    (void)nluL_opt_tctime(L, &slot, "jitter", &n->slot.dist_jitter);
    n->slot_distribution =
        read_distribution(L, &slot, "distribution", arena, &n->slot_distribution_count);
    if (n->slot_distribution && !n->slot.dist_jitter)
        nluL_misuse(L, opts->op, "slot", "a distribution needs delay and jitter");
}

static void read_netem(lua_State *L, const struct nluL_opts *opts, struct nlu_arena *arena,
                       struct nlu_netem *n) {
    lua_Integer integer;

    (void)nluL_opt_tcu32(L, opts, "limit", &n->limit);
    (void)nluL_opt_tctime(L, opts, "delay", &n->delay);
    if (nluL_opt_tctime(L, opts, "jitter", &n->jitter) && !n->delay)
        nluL_misuse(L, opts->op, "jitter", "needs delay");
    if (nluL_opt_tcshare(L, opts, "delay_correlation", &n->delay_correlation) && !n->jitter)
        nluL_misuse(L, opts->op, "delay_correlation", "needs jitter");
    n->distribution = read_distribution(L, opts, "distribution", arena, &n->distribution_count);
    if (n->distribution && (!n->delay || !n->jitter))
        nluL_misuse(L, opts->op, "distribution", "needs delay and jitter");
    read_loss(L, opts, n);
    (void)nluL_opt_tcshare(L, opts, "duplicate", &n->duplicate);
    (void)nluL_opt_tcshare(L, opts, "duplicate_correlation", &n->duplicate_correlation);
    (void)nluL_opt_tcshare(L, opts, "corrupt", &n->corrupt);
    (void)nluL_opt_tcshare(L, opts, "corrupt_correlation", &n->corrupt_correlation);
    bool reorder = nluL_opt_tcshare(L, opts, "reorder", &n->reorder);
    (void)nluL_opt_tcshare(L, opts, "reorder_correlation", &n->reorder_correlation);
    bool gap = nluL_opt_tcu32(L, opts, "gap", &n->gap);
    if (reorder && !n->delay)
        nluL_misuse(L, opts->op, "reorder",
                    "needs delay: the packets that are not delayed overtake");
    if (gap && !reorder)
        nluL_misuse(L, opts->op, "gap", "needs reorder");
    if (reorder && !gap)
        n->gap = 1;
    bool rate = nluL_opt_tcrate(L, opts, "rate", &n->rate);
    if (nluL_opt_integer(L, opts, "packet_overhead", INT32_MIN, INT32_MAX, &integer))
        n->packet_overhead = (int32_t)integer;
    (void)nluL_opt_tcu32(L, opts, "cell_size", &n->cell_size);
    if (nluL_opt_integer(L, opts, "cell_overhead", INT32_MIN, INT32_MAX, &integer))
        n->cell_overhead = (int32_t)integer;
    if (!rate && (n->packet_overhead || n->cell_size || n->cell_overhead))
        nluL_misuse(L, opts->op, "packet_overhead", "overheads and cells need rate");
    read_slot(L, opts, arena, n);
    if (nluL_opt_integer(L, opts, "seed", LUA_MININTEGER, LUA_MAXINTEGER, &integer)) {
        n->has_seed = true;
        n->seed = (uint64_t)integer;
    }
}

// Sets t[outer] = { [name] = share, correlation = share }, for shares that are there.
static void set_share(lua_State *L, const char *outer, const char *name, double share,
                      double correlation) {
    if (share <= 0)
        return;
    lua_createtable(L, 0, 2);
    nluL_setshort(L, name, share);
    nluL_setshort(L, "correlation", correlation);
    lua_setfield(L, -2, outer);
}

static void set_params(lua_State *L, const char *outer, const char *const *names, int count,
                       const double *params) {
    lua_createtable(L, 0, count);
    for (int i = 0; i < count; i++)
        nluL_setshort(L, names[i], params[i]);
    lua_setfield(L, -2, outer);
}

static void set_netem(lua_State *L, const struct nlu_netem *n) {
    static const char *const state[] = {"p13", "p31", "p32", "p23", "p14"};
    static const char *const ge[] = {"p", "r", "1-h", "1-k"};

    nluL_setinteger(L, "limit", n->limit);
    if (n->delay) {
        lua_createtable(L, 0, 3);
        nluL_setshort(L, "delay", (double)n->delay / 1e9);
        nluL_setshort(L, "jitter", (double)n->jitter / 1e9);
        nluL_setshort(L, "correlation", n->delay_correlation);
        lua_setfield(L, -2, "delay");
    }
    if (n->loss_model == NLU_NETEM_LOSS_RANDOM)
        set_share(L, "loss-random", "loss", n->loss, n->loss_correlation);
    else if (n->loss_model == NLU_NETEM_LOSS_STATE)
        set_params(L, "loss-state", state, 5, n->loss_params);
    else
        set_params(L, "loss-gemodel", ge, 4, n->loss_params);
    set_share(L, "duplicate", "duplicate", n->duplicate, n->duplicate_correlation);
    set_share(L, "reorder", "reorder", n->reorder, n->reorder_correlation);
    set_share(L, "corrupt", "corrupt", n->corrupt, n->corrupt_correlation);
    if (n->rate) {
        lua_createtable(L, 0, 4);
        nluL_setinteger(L, "rate", (lua_Integer)n->rate);
        nluL_setinteger(L, "packetoverhead", n->packet_overhead);
        nluL_setinteger(L, "cellsize", n->cell_size);
        nluL_setinteger(L, "celloverhead", n->cell_overhead);
        lua_setfield(L, -2, "rate");
    }
    if (n->has_slot) {
        lua_createtable(L, 0, 4);
        if (n->slot.dist_jitter) {
            nluL_setshort(L, "distribution", (double)n->slot.dist_delay / 1e9);
            nluL_setshort(L, "jitter", (double)n->slot.dist_jitter / 1e9);
        } else {
            nluL_setshort(L, "min-delay", (double)n->slot.min_delay / 1e9);
            nluL_setshort(L, "max-delay", (double)n->slot.max_delay / 1e9);
        }
        nluL_setinteger(L, "packets", n->slot.packets);
        nluL_setinteger(L, "bytes", n->slot.bytes);
        lua_setfield(L, -2, "slot");
    }
    nluL_setboolean(L, "ecn", n->ecn);
    nluL_setinteger(L, "gap", n->gap);
    if (n->has_seed)
        nluL_setinteger(L, "seed", (lua_Integer)n->seed);
}

// --- the others
// -------------------------------------------------------------------------------------

static void read_tbf(lua_State *L, const struct nluL_opts *opts, struct nlu_tbf *t) {
    lua_Integer integer;

    if (!nluL_opt_tcrate(L, opts, "rate", &t->rate))
        nluL_misuse(L, opts->op, "rate", "is missing");
    if (!nluL_opt_tcsize(L, opts, "burst", &t->burst) || !t->burst)
        nluL_misuse(L, opts->op, "burst", "is missing: how many bytes may go at once?");
    bool limit = nluL_opt_tcsize(L, opts, "limit", &t->limit);
    bool latency = nluL_opt_tctime(L, opts, "latency", &t->latency);
    if (limit == latency)
        nluL_misuse(L, opts->op, "limit", "expected one of limit and latency, got %s",
                    limit ? "both" : "none");
    bool peak = nluL_opt_tcrate(L, opts, "peakrate", &t->peakrate);
    if (nluL_opt_tcsize(L, opts, "mtu", &t->mtu) != peak)
        nluL_misuse(L, opts->op, "peakrate", "peakrate and mtu go together");
    if (nluL_opt_integer(L, opts, "mpu", 0, UINT16_MAX, &integer))
        t->mpu = (uint16_t)integer;
    if (nluL_opt_integer(L, opts, "overhead", INT16_MIN, INT16_MAX, &integer))
        t->overhead = (int16_t)integer;
}

static void set_tbf(lua_State *L, const struct nlu_tbf *t) {
    nluL_setinteger(L, "rate", (lua_Integer)t->rate);
    nluL_setbucket(L, "burst", t->burst);
    nluL_setinteger(L, "mpu", t->mpu);
    if (t->peakrate) {
        nluL_setinteger(L, "peakrate", (lua_Integer)t->peakrate);
        nluL_setbucket(L, "mtu", t->mtu);
    }
    nluL_setinteger(L, "limit", t->limit);
    nluL_setinteger(L, "lat", t->latency / 1000);
    if (t->overhead)
        nluL_setinteger(L, "overhead", t->overhead);
    nluL_setstring(L, "linklayer", "ethernet");
}

// The minor number of the class for what no filter takes: 0x30, or tc's text "30" (hexadecimal).
static void read_htb(lua_State *L, const struct nluL_opts *opts, struct nlu_htb *h) {
    if (opts->index && lua_getfield(L, opts->index, "default") == LUA_TSTRING) {
        char *end;
        const char *text = lua_tostring(L, -1);
        unsigned long value = strtoul(text, &end, 16);
        if (*end || end == text || value > UINT16_MAX)
            nluL_misuse(L, opts->op, "default",
                        "expected a class's minor number (hexadecimal), got %s",
                        nluL_describe(L, -1));
        h->default_class = (uint32_t)value;
        lua_pop(L, 1);
    } else {
        lua_Integer value;
        if (nluL_opt_integer(L, opts, "default", 0, UINT16_MAX, &value))
            h->default_class = (uint32_t)value;
    }
    (void)nluL_opt_tcu32(L, opts, "r2q", &h->r2q);
    h->has_direct_qlen = nluL_opt_tcu32(L, opts, "direct_qlen", &h->direct_qlen);
}

static void set_htb(lua_State *L, const struct nlu_htb *h) {
    char text[32];

    nluL_setinteger(L, "r2q", h->r2q);
    snprintf(text, sizeof text, "%#x", h->default_class);
    nluL_setstring(L, "default", h->default_class ? text : "0");
    nluL_setinteger(L, "direct_packets_stat", h->direct_packets);
    snprintf(text, sizeof text, "%u.%u", h->version >> 16, h->version & 0xffff);
    nluL_setstring(L, "ver", text);
    if (h->has_direct_qlen)
        nluL_setinteger(L, "direct_qlen", h->direct_qlen);
}

static void read_us(lua_State *L, const struct nluL_opts *opts, const char *key, int bit,
                    uint32_t *ret_us, int *have) {
    int64_t ns;
    if (!nluL_opt_tctime(L, opts, key, &ns))
        return;
    if (ns / 1000 > UINT32_MAX)
        nluL_misuse(L, opts->op, key, "expected less than 4294 seconds");
    *ret_us = (uint32_t)(ns / 1000);
    *have |= bit;
}

static void read_fq_codel(lua_State *L, const struct nluL_opts *opts, struct nlu_fq_codel *f) {
    int have = 0;

    have |= nluL_opt_tcu32(L, opts, "limit", &f->limit) ? NLU_FQ_CODEL_LIMIT : 0;
    have |= nluL_opt_tcu32(L, opts, "flows", &f->flows) ? NLU_FQ_CODEL_FLOWS : 0;
    have |= nluL_opt_tcu32(L, opts, "quantum", &f->quantum) ? NLU_FQ_CODEL_QUANTUM : 0;
    have |= nluL_opt_tcu32(L, opts, "drop_batch", &f->drop_batch) ? NLU_FQ_CODEL_DROP_BATCH : 0;
    have |=
        nluL_opt_tcsize(L, opts, "memory_limit", &f->memory_limit) ? NLU_FQ_CODEL_MEMORY_LIMIT : 0;
    have |= nluL_opt_boolean(L, opts, "ecn", &f->ecn) ? NLU_FQ_CODEL_ECN : 0;
    read_us(L, opts, "target", NLU_FQ_CODEL_TARGET, &f->target, &have);
    read_us(L, opts, "interval", NLU_FQ_CODEL_INTERVAL, &f->interval, &have);
    read_us(L, opts, "ce_threshold", NLU_FQ_CODEL_CE_THRESHOLD, &f->ce_threshold, &have);
    f->have = have;
}

static void set_fq_codel(lua_State *L, const struct nlu_fq_codel *f) {
    const struct {
        int bit;
        const char *key;
        uint32_t value;
    } all[] = {
        {NLU_FQ_CODEL_LIMIT, "limit", f->limit},
        {NLU_FQ_CODEL_FLOWS, "flows", f->flows},
        {NLU_FQ_CODEL_QUANTUM, "quantum", f->quantum},
        {NLU_FQ_CODEL_TARGET, "target", f->target},
        {NLU_FQ_CODEL_INTERVAL, "interval", f->interval},
        {NLU_FQ_CODEL_CE_THRESHOLD, "ce_threshold", f->ce_threshold},
        {NLU_FQ_CODEL_MEMORY_LIMIT, "memory_limit", f->memory_limit},
        {NLU_FQ_CODEL_DROP_BATCH, "drop_batch", f->drop_batch},
    };
    for (size_t i = 0; i < NLU_COUNT(all); i++)
        if (f->have & all[i].bit)
            nluL_setinteger(L, all[i].key, all[i].value);
    if (f->ecn)
        nluL_setboolean(L, "ecn", true);
}

static void read_prio(lua_State *L, const struct nluL_opts *opts, struct nlu_prio *p) {
    static const uint8_t usual[16] = {1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    lua_Integer bands;

    p->bands = 3;
    memcpy(p->priomap, usual, sizeof usual);
    if (nluL_opt_integer(L, opts, "bands", 2, 16, &bands))
        p->bands = (uint32_t)bands;
    if (!opts->index || lua_getfield(L, opts->index, "priomap") == LUA_TNIL)
        return;
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) > 16)
        nluL_misuse(L, opts->op, "priomap", "expected a list of up to 16 bands, got %s",
                    nluL_describe(L, -1));
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
        int is_integer;
        lua_rawgeti(L, -1, i);
        lua_Integer band = lua_tointegerx(L, -1, &is_integer);
        if (!is_integer || band < 0 || band >= p->bands)
            nluL_misuse(L, opts->op, "priomap", "expected bands from 0 to %d, got %s",
                        (int)p->bands - 1, nluL_describe(L, -1));
        p->priomap[i - 1] = (uint8_t)band;
        lua_pop(L, 1);
    }
}

static void set_prio(lua_State *L, const struct nlu_prio *p) {
    nluL_setinteger(L, "bands", p->bands);
    lua_createtable(L, 16, 0);
    for (int i = 0; i < 16; i++) {
        lua_pushinteger(L, p->priomap[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "priomap");
    nluL_setboolean(L, "multiqueue", false);
}

void nluL_read_qdisc_options(lua_State *L, const struct nluL_opts *opts, const char *kind,
                             struct nlu_arena *arena, struct nlu_qdisc_options *o) {
    o->type = nlu_qdisc_type(kind);
    o->present = true;
    switch (o->type) {
    case NLU_QDISC_NETEM:
        read_netem(L, opts, arena, &o->netem);
        break;
    case NLU_QDISC_TBF:
        read_tbf(L, opts, &o->tbf);
        break;
    case NLU_QDISC_HTB:
        read_htb(L, opts, &o->htb);
        break;
    case NLU_QDISC_FQ_CODEL:
        read_fq_codel(L, opts, &o->fq_codel);
        break;
    case NLU_QDISC_FIFO:
        o->present = kind[0] == 'b' ? nluL_opt_tcsize(L, opts, "limit", &o->fifo_limit)
                                    : nluL_opt_tcu32(L, opts, "limit", &o->fifo_limit);
        break;
    case NLU_QDISC_PRIO:
        o->present = strcmp(kind, "prio") == 0;
        if (o->present)
            read_prio(L, opts, &o->prio);
        break;
    case NLU_QDISC_PLAIN:
        o->present = false;
        break;
    }
}

void nluL_push_qdisc_options(lua_State *L, const struct nlu_qdisc *q) {
    const struct nlu_qdisc_options *o = &q->options;

    lua_newtable(L);
    switch (o->type) {
    case NLU_QDISC_NETEM:
        set_netem(L, &o->netem);
        break;
    case NLU_QDISC_TBF:
        set_tbf(L, &o->tbf);
        break;
    case NLU_QDISC_HTB:
        set_htb(L, &o->htb);
        break;
    case NLU_QDISC_FQ_CODEL:
        set_fq_codel(L, &o->fq_codel);
        break;
    case NLU_QDISC_FIFO:
        nluL_setinteger(L, "limit", o->fifo_limit);
        break;
    case NLU_QDISC_PRIO:
        set_prio(L, &o->prio);
        break;
    case NLU_QDISC_PLAIN:
        break;
    }
}

void nluL_set_qdisc_xstats(lua_State *L, const struct nlu_qdisc *q) {
    struct nlu_fq_codel_stats s;

    if (q->options.type != NLU_QDISC_FQ_CODEL || !nlu_fq_codel_stats_read(q->stats.app, &s))
        return;
    nluL_setinteger(L, "maxpacket", s.maxpacket);
    nluL_setinteger(L, "drop_overlimit", s.drop_overlimit);
    nluL_setinteger(L, "new_flow_count", s.new_flow_count);
    nluL_setinteger(L, "ecn_mark", s.ecn_mark);
    if (s.ce_mark)
        nluL_setinteger(L, "ce_mark", s.ce_mark);
    if (s.memory_usage)
        nluL_setinteger(L, "memory_used", s.memory_usage);
    if (s.drop_overmemory)
        nluL_setinteger(L, "drop_overmemory", s.drop_overmemory);
    nluL_setinteger(L, "new_flows_len", s.new_flows_len);
    nluL_setinteger(L, "old_flows_len", s.old_flows_len);
}
