// netlua.core's features: the table of what a kernel may lack.
#include "feature.h"
#include "netlua.h"

#include <stdio.h>
#include <string.h>

static void push_feature(lua_State *L, const struct nlu_feature *f) {
    lua_createtable(L, 0, 4);
    nluL_setstring(L, "group", nlu_feature_group_name(f->group));
    nluL_setstring(L, "word", f->word);
    nluL_setstring(L, "config", f->config);
    if (f->module)
        nluL_setstring(L, "module", f->module);
}

// features(): a list of { group =, word =, config =, module = }.
static int features(lua_State *L) {
    size_t count;
    const struct nlu_feature *all = nlu_feature_list(&count);

    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_feature(L, &all[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// feature_hint(group, word): the sentence that says what the kernel lacks.
static int feature_hint(lua_State *L) {
    const char *group = nluL_arg_string(L, 1, "feature_hint", "group");
    const char *word = nluL_arg_string(L, 2, "feature_hint", "word");
    struct nlu_err err = {0};

    for (int g = 0; g < NLU_FEATURE_GROUPS; g++)
        if (strcmp(group, nlu_feature_group_name((enum nlu_feature_group)g)) == 0) {
            nlu_feature_hint(&err, (enum nlu_feature_group)g, word);
            lua_pushstring(L, err.hint);
            return 1;
        }
    nluL_misuse(L, "feature_hint", "group", "no group of features is called '%s'", group);
}

void nluL_openfeature(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"features", features}, {"feature_hint", feature_hint}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
