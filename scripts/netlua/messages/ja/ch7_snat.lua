-- Japanese for scripts/ch7_snat.lua; the keys are the English texts.
return {
  ["Chapter 7: source NAT, many behind one address"] =
    "第7章 送信元 NAT ― ひとつのアドレスの後ろの大勢",
  ["A private network, a gateway, and a server outside"] =
    "プライベートネットワークとゲートウェイ、そして外のサーバ",
  ["The server stands for the internet: it knows its own network and has no route to the private one."] =
    "サーバはインターネットの代役です。自分のネットワークは知っていますが、プライベート側への経路は持っていません。",
  ["without NAT nothing comes back"] =
    "NAT がなければ何も戻ってこない",
  ["the server has no way back"] =
    "サーバには帰りの経路がない",
  ["Masquerade: the gateway speaks for the private network"] =
    "マスカレード: ゲートウェイがプライベートネットワークを代表する",
  ["now the ping is answered"] =
    "今度は ping に応答がある",
  ["The same request on both sides"] =
    "同じリクエストを両側で見る",
  ["inside it comes from the host"] =
    "内側ではホストから来ている",
  ["outside it comes from the gateway"] =
    "外側ではゲートウェイから来ている",
  ["the destination is the same"] =
    "宛先は同じ",
  ["the sequence number is the same: it is the same segment"] =
    "シーケンス番号は同じ、つまり同じセグメント",
  ["The answer"] =
    "応答",
  ["The gateway remembers each connection, and undoes for the answers what it has done to the requests."] =
    "ゲートウェイは接続をひとつずつ覚えていて、リクエストに施した書き換えを応答では元に戻します。",
  ["the page arrives"] =
    "ページが届く",
}
