"use strict";
const form = document.querySelector("form");
const answer = document.querySelector("[role=status]");
const rows = [...document.querySelectorAll("tbody tr")];
const audiences = JSON.parse(document.getElementById("audiences").textContent);
const picture = document.getElementById("all-doors");
const details = document.querySelector("details");

// Whether an audience lets a person in: "yes", "no", or "perhaps" if only the provider or the network knows.
function admits(audience, person) {
  if (audience.access === "anyone") return "yes";
  if (audience.access === "members" || audience.access === "unplanned" || audience.policies) {
    return isNamed(audience, person) ? "yes" : "perhaps";
  }
  return isNamed(audience, person) ? "yes" : "no";
}

function isNamed(audience, person) {
  const domain = person.slice(person.lastIndexOf("@") + 1);
  return audience.emails.some(email => address(email) === person) || audience.domains.includes(domain);
}

// An address in the form in which it is compared: without what mail programs put around it, its domain in ASCII. Empty if it is none.
function address(text) {
  const inside = /<([^<>]*)>\s*$/.exec(text);
  const plain = (inside ? inside[1] : text).trim().replace(/^mailto:/i, "").toLowerCase();
  const parts = /^([^@\s]+)@([^@\s/?#:]+\.[^@\s/?#:]+)$/.exec(plain);
  try {
    return parts ? `${parts[1]}@${new URL(`http://${parts[2]}`).hostname}` : "";
  } catch {
    return "";
  }
}

function show() {
  const typed = form.person.value.trim();
  const person = address(typed);
  const [node, type] = [form.node.value, form.type.value];
  const admitted = audiences.map(audience => person === "" ? "yes" : admits(audience, person));
  const count = { yes: 0, perhaps: 0, no: 0, "no longer": 0 };
  const shown = rows.map(row => {
    // What leads to every node leads to this one, and nobody knows the type of what no entry opens.
    const isHere = node === "" || row.dataset.node === node || row.hasAttribute("data-every");
    const isOfType = type === "" || row.dataset.type === type || row.dataset.type === "";
    let verdict = isHere && isOfType ? admitted[row.dataset.who] : "out";
    if ((verdict === "yes" || verdict === "perhaps") && row.hasAttribute("data-gone")) verdict = "no longer";
    if (verdict !== "out" && !(verdict === "no" && row.hasAttribute("data-gone"))) count[verdict] += 1;
    const isShown = verdict !== "out" && verdict !== "no";
    row.classList.toggle("out", !isShown);
    row.querySelector(".verdict").textContent = !isShown || person === "" || verdict === "yes" ? "" : `${verdict}: `;
    return isShown;
  });
  const filters = person !== "" || node !== "" || type !== "";
  if (details && filters) details.open = true;
  if (picture) {
    const seen = new Set(rows.filter((row, index) => shown[index]).map(row => row.dataset.who));
    for (const one of picture.querySelectorAll("[data-door]")) one.classList.toggle("out", !shown[one.dataset.door]);
    for (const one of picture.querySelectorAll("[data-audience]")) one.classList.toggle("out", !seen.has(one.dataset.audience));
  }
  const all = count.yes + count.perhaps + count.no;
  const where = (node === "" ? "" : ` to ${node}`) + (type === "" ? "" : ` of type ${type}`);
  const doors = `${all} ${all === 1 ? "door" : "doors"}${where}`;
  const more = count.perhaps === 0 ? "" : `, and perhaps ${count.perhaps} more, which this page cannot know`;
  if (typed !== "" && person === "") answer.textContent = "Type one whole email address.";
  else if (!filters) answer.textContent = "";
  else if (person === "") answer.textContent = `${doors}.`;
  else answer.textContent = `${person} can get through ${count.yes} of ${doors}${more}.`;
}

form.addEventListener("input", show);
form.addEventListener("reset", () => setTimeout(show));
form.addEventListener("submit", event => event.preventDefault());
form.hidden = false;
show();
