-- Japanese for scripts/ch6_http.lua; the keys are the English texts.
return {
  ["Chapter 6: HTTP"] =
    "第6章 HTTP",
  ["A server and a client"] =
    "サーバとクライアント",
  ["Asked too early, before anybody listens, curl ends with status 7: the connection is refused."] =
    "だれも待ち受けていないうちに尋ねると、curl は終了コード 7 で終わります。接続が拒否されたということです。",
  ["curl's status is 7"] =
    "curl の終了コードは 7",
  ["nobody listens yet"] =
    "まだだれも待ち受けていない",
  ["the page arrives; its name was found in /etc/hosts"] =
    "ページが届く(名前は /etc/hosts で見つかった)",
  ["What went over the wire"] =
    "回線を流れたもの",
  ["the request line asks for /"] =
    "リクエスト行は / を求めている",
  ["the status line says 200"] =
    "ステータス行は 200",
  ["The conversation"] =
    "やりとりの全体",
  ["it begins with a SYN and ends with FIN on both sides"] =
    "SYN で始まり、両側の FIN で終わる",
}
