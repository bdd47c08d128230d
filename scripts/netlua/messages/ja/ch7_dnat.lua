-- Japanese for scripts/ch7_dnat.lua; the keys are the English texts.
return {
  ["Chapter 7: destination NAT, a door in the gateway"] =
    "第7章 宛先 NAT ― ゲートウェイの扉",
  ["A server that nobody outside can name"] =
    "外からは名指しできないサーバ",
  ["The client knows the gateway's outer address and nothing else: private addresses have no route outside."] =
    "クライアントが知っているのはゲートウェイの外側のアドレスだけです。プライベートアドレスへの経路は外にはありません。",
  ["the private address cannot be reached from outside"] =
    "プライベートアドレスには外から届かない",
  ["because the client has no route to it"] =
    "クライアントに経路がないから",
  ["Port 8080 leads inwards"] =
    "ポート 8080 は内側へ通じる",
  ["the page arrives"] =
    "ページが届く",
  ["outside it goes to port 8080 of the gateway"] =
    "外側ではゲートウェイのポート 8080 宛て",
  ["inside it goes to port 80 of the server"] =
    "内側ではサーバのポート 80 宛て",
  ["the server sees who really asks"] =
    "サーバには本当の送信元が見える",
  ["the client sees an answer from the gateway"] =
    "クライアントにはゲートウェイからの応答に見える",
}
