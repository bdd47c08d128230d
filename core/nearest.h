// Which word of a list may have been meant: for messages about words that are not in it.
#pragma once

// The one that differs from `word` by the fewest letters (missing, wrong, too many, or two that
// changed places); NULL when none is near.
const char *nlu_nearest(const char *word, const char *const *known);
