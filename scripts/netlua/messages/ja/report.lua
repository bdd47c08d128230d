-- Japanese for what every chapter says: the words of scripts/netlua/report.lua.
return {
  ["Verdict: all {total} checks hold."] =
    "判定: {total} 個の確認がすべて成り立ちました。",
  ["Verdict: {failed} of {total} checks FAILED."] =
    "判定: {total} 個の確認のうち {failed} 個が成り立ちませんでした。",
  ["Exercises to go on with: netlua help {chapter}"] =
    "次は練習問題を: netlua help {chapter}",
  ["This chapter needs {program}, which is not installed: apt install {package}"] =
    "この章には {program} が必要ですが、入っていません: apt install {package}",
}
