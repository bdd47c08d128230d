// Options of a kind of link in a request: which table they belong to, and what the link has now.
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int find_index(void *arg, const char *name) {
    struct nlu_err ignored;
    int index = 0;

    return nlu_link_index(arg, name, &index, &ignored) == 0 ? index : 0;
}

static int unknown_option(const struct nlu_value *opts, const char *kind,
                          struct nlu_link_fault *fault) {
    const char *key = opts->table->pairs[0].key;

    snprintf(fault->field, sizeof fault->field, "%s", key ? key : "options");
    snprintf(fault->text, sizeof fault->text, "is no option of %s%s", kind ? "a " : "any link",
             kind ? kind : "");
    fault->unknown = true;
    return -EINVAL;
}

// All words are this kind's?
static const char *foreign_word(const struct nlu_link_kind *kind, const struct nlu_value *opts) {
    for (size_t i = 0; i < opts->table->count; i++)
        if (!opts->table->pairs[i].key || !nlu_link_kind_knows(kind, opts->table->pairs[i].key))
            return opts->table->pairs[i].key ? opts->table->pairs[i].key : "options";
    return NULL;
}

static int write_options(struct nlu_nlsock *nl, const struct nlu_link_kind *kind,
                         const char *kind_name, const struct nlu_value *opts,
                         const struct nlattr *current, const char *op, struct nlu_arena *arena,
                         struct nlu_link_spec *spec, struct nlu_link_fault *fault,
                         struct nlu_err *err) {
    const struct nlu_link_names names = {.index = find_index, .arg = nl};
    int rc = nlu_link_kind_write(kind, opts, current, &names, arena, &spec->data, fault);

    spec->kind = kind_name;
    spec->for_slave = nlu_link_kind_is_slave(kind);
    if (rc == -ENODEV)
        return nlu_err_set(err, ENODEV, op, "%s %s", fault->field, fault->text);
    if (rc < 0 && rc != -EINVAL)
        return nlu_err_set(err, -rc, op, "type %s", kind_name);
    return rc;
}

// The kind of a link that is there, and its raw options; also those of its port.
static int look_up(struct nlu_nlsock *nl, const char *name, struct nlu_arena *arena,
                   struct nlu_link *ret_link, struct nlu_err *err) {
    const struct nlu_link_filter filter = {.name = name};
    struct nlu_link_list list;

    int rc = nlu_link_list(nl, &filter, arena, &list, err);
    if (rc == 0 && !list.count)
        rc = nlu_err_set(err, ENODEV, "link.set", "%s", name);
    if (rc < 0)
        return nlu_err_about(err, "link.set", "%s", name);
    *ret_link = list.items[0];
    return 0;
}

int nlu_link_options(struct nlu_nlsock *nl, const char *name, const char *type,
                     const struct nlu_value *opts, struct nlu_arena *arena,
                     struct nlu_link_spec *spec, struct nlu_link_fault *fault,
                     struct nlu_err *err) {
    const char *op = name ? "link.set" : "link.add";
    const struct nlu_link_kind *kind = type ? nlu_link_kind_find(type) : NULL;
    char slave[NLU_LINK_KIND + sizeof "_slave"];
    struct nlu_link now = {.link = 0};
    const struct nlattr *current = NULL;

    *fault = (struct nlu_link_fault){0};
    if (type && !kind) {
        if (!opts->table->count)
            return 0;
        return unknown_option(opts, type, fault);
    }
    if (name && opts->table->count && (!kind || nlu_link_kind_needs_current(kind))) {
        int rc = look_up(nl, name, arena, &now, err);
        if (rc < 0)
            return rc;
        current = now.info_data;
    }
    if (!kind && now.kind && (kind = nlu_link_kind_find(now.kind))) {
        type = now.kind;
        if (foreign_word(kind, opts) && now.slave_kind) {
            // Not all of them are the link's own: then they are those of a port.
            snprintf(slave, sizeof slave, "%.*s_slave", NLU_LINK_KIND, now.slave_kind);
            const struct nlu_link_kind *port = nlu_link_kind_find(slave);
            if (port && !foreign_word(port, opts))
                kind = port, type = now.slave_kind, current = now.info_slave_data;
        }
    } else if (!kind && now.slave_kind) {
        snprintf(slave, sizeof slave, "%.*s_slave", NLU_LINK_KIND, now.slave_kind);
        kind = nlu_link_kind_find(slave);
        type = now.slave_kind;
        current = now.info_slave_data;
    }
    if (!kind)
        return opts->table->count ? unknown_option(opts, now.kind, fault) : 0;
    // A new link begins with ip's defaults, a change with nothing or with what is there.
    static const struct nlattr nothing = {.nla_len = sizeof nothing};
    if (name && !current)
        current = &nothing;
    return write_options(nl, kind, type, opts, name ? current : NULL, op, arena, spec, fault, err);
}
