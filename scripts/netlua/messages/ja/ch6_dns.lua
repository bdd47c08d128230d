-- Japanese for scripts/ch6_dns.lua; the keys are the English texts.
return {
  ["Chapter 6: DNS"] =
    "第6章 DNS",
  ["A name server"] =
    "ネームサーバ",
  ["Nobody serves yet: the question is refused, and dig says so after a while."] =
    "まだサーバがいないので問い合わせは拒否され、dig はしばらくしてそう報告します。",
  ["dig's status is 9: no answer"] =
    "dig の終了コードは 9(応答なし)",
  ["because nobody listens"] =
    "だれも待ち受けていないから",
  ["A question and its answer"] =
    "問い合わせとその応答",
  ["the address is what the server was told"] =
    "アドレスはサーバに教えたとおり",
  ["one question, one answer"] =
    "問い合わせひとつに応答ひとつ",
  ["the answer carries the question's number"] =
    "応答には問い合わせと同じ番号が付いている",
  ["A name that does not exist"] =
    "存在しない名前",
  ["the status is NXDOMAIN"] =
    "ステータスは NXDOMAIN",
}
