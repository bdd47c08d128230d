-- Japanese for scripts/ch4_bridge.lua; the keys are the English texts.
return {
  ["Chapter 4: a switch learns"] =
    "第4章 学習するスイッチ",
  ["Three hosts at one switch"] =
    "ひとつのスイッチに三台のホスト",
  ["the switch has learnt nothing yet"] =
    "スイッチはまだ何も学んでいない",
  ["The first frame, and the table afterwards"] =
    "最初のフレームと、そのあとの表",
  ["a asks for b. The question is for everybody; the answer is for a, and by now the switch knows where a is."] =
    "a が b を探します。問いは全員に向けられますが、答えは a に宛てたものです。そのころにはスイッチは a の居場所を知っています。",
  ["b answers"] =
    "b が答える",
  ["a is behind eth0, b behind eth1"] =
    "a は eth0 の先、b は eth1 の先にいる",
  ["c has said nothing: nobody knows where it is"] =
    "c は何も言っていない: 居場所はだれも知らない",
  ["What c has heard"] =
    "c に聞こえたもの",
  ["the question, and nothing else"] =
    "問いだけで、ほかには何も",
  ["b has heard question, request and its own two answers"] =
    "b に聞こえたのは問いと要求、そして自分の答え二つ",
  ["A port that belongs to nobody"] =
    "どこにも属さないポート",
  ["b is cut off"] =
    "b は切り離された",
  ["the switch does not forward"] =
    "スイッチが中継しない",
}
