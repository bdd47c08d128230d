-- Japanese for scripts/ch1_layers.lua; the keys are the English texts.
return {
  ["Chapter 1: the layers of a network"] =
    "第1章 ネットワークの層",
  ["One request"] =
    "ひとつの要求",
  ["A client asks a server for a page. What it says is two lines of text; what goes over the cable is more."] =
    "クライアントがサーバにページを求めます。言っているのは二行の文字だけですが、ケーブルを通るものはもっと多くなります。",
  ["the server answers 200"] =
    "サーバは 200 と答える",
  ["Taken apart"] =
    "分解する",
  ["The frame with the request, from the outside in. Each header is what one layer adds."] =
    "要求の入ったフレームを、外側から内側へ見ます。ヘッダは、層がひとつずつ加えたものです。",
  ["four layers: eth, ip, tcp, http"] =
    "四つの層: eth、ip、tcp、http",
  ["their sizes add up to the frame's"] =
    "大きさを足すとフレームの大きさになる",
  ["innermost is the text, unchanged"] =
    "いちばん内側には、文字がそのまま入っている",
  ["Seven and four"] =
    "七つと四つ",
  ["The OSI model names seven layers, TCP/IP four. Networks are built in four; people speak of both."] =
    "OSI 参照モデルの層は七つ、TCP/IP の層は四つです。ネットワークは四つで作られ、人は両方の言い方をします。",
  ["Each layer has addresses of its own: for the next machine, for the last machine, for the program, for the page."] =
    "層にはそれぞれのアドレスがあります。次の機械のため、最後の機械のため、プログラムのため、ページのためのものです。",
  ["the frame is for the next machine's interface"] =
    "フレームは次の機械のインターフェース宛て",
  ["the IP packet is for the host"] =
    "IP パケットはホスト宛て",
  ["the segment is for the program that listens"] =
    "セグメントは待っているプログラム宛て",
  ["the request is for the page"] =
    "要求はページ宛て",
  ["What breaks in which layer"] =
    "どの層で何が壊れるか",
  ["transport: nobody listens on port 81"] =
    "トランスポート層: ポート 81 ではだれも待っていない",
  ["network: web lost its address"] =
    "ネットワーク層: web がアドレスを失った",
  ["link: the cable is dead at the far end"] =
    "リンク層: ケーブルの向こう端が死んでいる",
}
