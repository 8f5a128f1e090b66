// How it was: one to five stars and a few words, once a ticket is closed.
const SCORES = [1, 2, 3, 4, 5];

/** The question below a closed ticket's line. */
function ratingForm(line, chat) {
  const {say, offer} = chat;
  const name = `r-${newId()}`;
  const words = make("textarea", {rows: 2, maxLength: 5_000, dir: "auto", "aria-label": say("rate_text"), placeholder: say("rate_text")});
  const meaning = make("p", {class: "rate-meaning", "aria-hidden": "true"});
  const rest = make("div", {class: "rate-rest", hidden: true}, words, make("button", {type: "submit", class: "main", text: say("rate_send")}));
  let chosen = 0;
  const stars = SCORES.map((score) => {
    const input = make("input", {type: "radio", name, value: String(score), "aria-label": `${score} · ${say(`rate_${score}`)}`, onchange: () => choose(score)});
    return make("label", {class: "star"}, input, icon("star"));
  });
  function choose(score) {
    chosen = score;
    stars.forEach((each, at) => each.classList.toggle("is-on", at < score));
    meaning.textContent = say(`rate_${score}`);
    if (rest.hidden) {
      rest.hidden = false;
      chat.sheet.log.reveal(rest);
    }
  }
  const submit = (event) => {
    event.preventDefault();
    if (chosen) chat.talk.rate(line.ticket, chosen, words.value.trim());
  };
  return make("form", {class: "rating", onsubmit: submit},
    make("fieldset", {}, make("legend", {dir: "auto", text: offer.texts.rating || say("rate_ask")}), make("div", {class: "stars"}, ...stars), meaning), rest);
}

/** A rating that was given. */
function ratingNode(line, chat) {
  const stars = make("span", {class: "stars-given", role: "img", "aria-label": chat.say("rated", {score: line.score})},
    ...SCORES.map((score) => make("span", {class: score <= line.score ? "is-on" : ""}, icon("star"))));
  return make("div", {class: "rated"}, stars, line.text && make("p", {dir: "auto", class: "rated-text", text: line.text}));
}
