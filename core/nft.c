#include "nft.h"

#include "feature.h"
#include "netns.h"

#include <errno.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

struct run {
    const struct nlu_nft_options *options;
    const char *path;
    struct nft_ctx *ctx;
    bool refused; // by nft, as against a failure on our side
    struct nlu_err *err;
};

// A host's name in a ruleset is looked up by getaddrinfo, which would put questions to a name
// server (from the machine's own network, in netns.self). With no server to ask it gives up at
// once; names of /etc/hosts remain. libnftables 1.0.6 has no flag against it.
struct resolver {
    int nscount;
    unsigned long options;
};

static struct resolver resolver_silence(void) {
    struct resolver before;

    (void)res_init();
    before = (struct resolver){_res.nscount, _res.options};
    _res.nscount = 0;
    _res.options |= RES_NORELOAD;
    return before;
}

static void resolver_restore(struct resolver before) {
    _res.nscount = before.nscount;
    _res.options = before.options;
}

// The ruleset as a file: only for files does nft say which line it is at. A last line without an
// end would be a syntax error.
static int ruleset_file(const char *ruleset, int *ret_fd) {
    NLU_AUTO_FD int fd = memfd_create("ruleset", MFD_CLOEXEC);
    size_t left = strlen(ruleset);

    if (fd < 0)
        return -errno;
    while (left) {
        ssize_t wrote = write(fd, ruleset, left);
        if (wrote < 0)
            return -errno;
        ruleset += wrote;
        left -= (size_t)wrote;
    }
    if (write(fd, "\n", 1) != 1)
        return -errno;
    *ret_fd = nlu_steal_fd(&fd);
    return 0;
}

// Without a netfilter socket nft_ctx_new ends the process: see first that there will be one.
static int have_netfilter(struct nlu_err *err) {
    NLU_AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

    if (fd >= 0)
        return 0;
    nlu_err_set(err, errno, "nft", "netfilter socket");
    return errno == EPROTONOSUPPORT ? nlu_feature_hint(err, NLU_FEATURE_SOCKET, "netfilter")
                                    : -err->errnum;
}

// Everything that touches the network: the context's socket is opened by nft_ctx_new, and
// interface names are asked for while the commands run.
static int run_inside(void *arg) {
    struct run *run = arg;
    const struct nlu_nft_options *o = run->options;
    struct resolver before;
    unsigned flags = NFT_CTX_OUTPUT_JSON;
    int rc = have_netfilter(run->err);

    if (rc < 0)
        return rc;
    run->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!run->ctx)
        return nlu_err_set(run->err, ENOMEM, "nft", "context");
    flags |= o->echo ? NFT_CTX_OUTPUT_ECHO : 0;
    flags |= o->stateless ? NFT_CTX_OUTPUT_STATELESS : 0;
    flags |= o->terse ? NFT_CTX_OUTPUT_TERSE : 0;
    nft_ctx_output_set_flags(run->ctx, flags);
    nft_ctx_set_dry_run(run->ctx, o->check);
    if (nft_ctx_buffer_output(run->ctx) || nft_ctx_buffer_error(run->ctx))
        return nlu_err_set(run->err, ENOMEM, "nft", "buffers");
    for (size_t i = 0; o->define && o->define[i]; i++)
        if (nft_ctx_add_var(run->ctx, o->define[i]))
            return nlu_err_set(run->err, EINVAL, "nft", "define %s", o->define[i]);
    before = resolver_silence();
    run->refused = nft_run_cmd_from_filename(run->ctx, run->path) != 0;
    resolver_restore(before);
    return 0;
}

// nft's text with the name of the ruleset in place of the descriptor's path.
static char *readable(struct nlu_arena *arena, const char *text, const char *path) {
    static const char name[] = "ruleset";
    size_t path_len = strlen(path), len = strlen(text);
    char *copy = nlu_arena_alloc(arena, len + 1), *to = copy; // the name is shorter than the path

    if (!copy)
        return NULL;
    while (*text) {
        if (strncmp(text, path, path_len) == 0 && text[path_len] == ':') {
            memcpy(to, name, sizeof name - 1);
            to += sizeof name - 1;
            text += path_len;
        } else {
            *to++ = *text++;
        }
    }
    *to = '\0';
    return copy;
}

static int refusal(struct run *run, struct nlu_arena *arena, struct nlu_nft_report *ret_report,
                   const char **ret_text, struct nlu_err *err) {
    const char *text = nft_ctx_get_error_buffer(run->ctx);
    struct nlu_nft_report r;

    *ret_text = readable(arena, text, run->path);
    if (!*ret_text)
        return nlu_err_set(err, ENOMEM, "nft", "no memory");
    nlu_nft_report_parse(text, run->path, &r);
    *ret_report = r;
    if (r.file[0])
        return nlu_err_set(err, r.errnum, "nft", "%s, line %u `%s`", r.file, r.line, r.source);
    if (r.line)
        return nlu_err_set(err, r.errnum, "nft", "line %u `%s`", r.line, r.source);
    return nlu_err_set(err, r.errnum, "nft", "%s", "");
}

int nlu_nft_run(int netns, const char *ruleset, const struct nlu_nft_options *options,
                struct nlu_arena *arena, const char **ret_json, struct nlu_nft_report *ret_report,
                const char **ret_text, struct nlu_err *err) {
    NLU_AUTO_FD int fd = NLU_NO_FD;
    struct run run = {.options = options, .err = err};
    char path[32];
    int rc = ruleset_file(ruleset, &fd);

    *ret_text = NULL;
    *ret_report = (struct nlu_nft_report){0};
    if (rc < 0)
        return nlu_err_set(err, -rc, "nft", "memfd");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    run.path = path;
    rc = nlu_netns_run(netns, run_inside, &run, err);
    if (rc == 0 && run.refused)
        rc = refusal(&run, arena, ret_report, ret_text, err);
    if (rc == 0) {
        const char *output = nft_ctx_get_output_buffer(run.ctx);
        *ret_json = nlu_arena_text(arena, output, strlen(output));
        if (!*ret_json)
            rc = nlu_err_set(err, ENOMEM, "nft", "no memory");
    }
    if (run.ctx)
        nft_ctx_free(run.ctx);
    return rc;
}
