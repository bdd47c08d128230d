-- Japanese for scripts/ch8_http_client.lua; the keys are the English texts.
return {
  ["Chapter 8: an HTTP request by hand"] =
    "第8章 手で書く HTTP リクエスト",
  ["A web server"] =
    "ウェブサーバ",
  ["A request in three lines"] =
    "三行のリクエスト",
  ["the status line says 200"] =
    "ステータス行は 200",
  ["the body is the file"] =
    "本体はファイルそのもの",
  ["Content-Length is its size"] =
    "Content-Length はその大きさ",
  ["Asking for what is not there"] =
    "ないものを求める",
  ["the status line says 404"] =
    "ステータス行は 404",
  ["Asking somebody who does not speak HTTP"] =
    "HTTP を話さない相手に尋ねる",
  ["nobody listens on port 81: ECONNREFUSED"] =
    "ポート 81 ではだれも待ち受けていない: ECONNREFUSED",
  ["which is no matter of the network"] =
    "これはネットワークの問題ではない",
}
