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
  return audience.emails.includes(person) || person.includes("@") && audience.domains.includes(domain);
}

function show() {
  const person = form.person.value.trim().toLowerCase();
  const [node, type] = [form.node.value, form.type.value];
  const admitted = audiences.map(audience => person === "" ? "yes" : admits(audience, person));
  const count = { yes: 0, perhaps: 0, "no longer": 0 };
  const shown = rows.map(row => {
    const fits = (node === "" || row.dataset.node === node) && (type === "" || row.dataset.type === type);
    let verdict = fits ? admitted[row.dataset.who] : "no";
    if (verdict !== "no" && row.hasAttribute("data-gone")) verdict = "no longer";
    count[verdict] += 1;
    row.classList.toggle("out", verdict === "no");
    row.querySelector(".verdict").textContent = person === "" || verdict === "yes" ? "" : `${verdict}: `;
    return verdict !== "no";
  });
  const filters = person !== "" || node !== "" || type !== "";
  if (details && filters) details.open = true;
  if (picture) {
    const seen = new Set(rows.filter((row, index) => shown[index]).map(row => row.dataset.who));
    for (const one of picture.querySelectorAll("[data-door]")) one.classList.toggle("out", !shown[one.dataset.door]);
    for (const one of picture.querySelectorAll("[data-audience]")) one.classList.toggle("out", !seen.has(one.dataset.audience));
  }
  const there = rows.filter(row => !row.hasAttribute("data-gone")).length;
  const more = count.perhaps === 0 ? "" : `, and perhaps ${count.perhaps} more, which this page cannot know`;
  if (!filters) answer.textContent = "";
  else if (person === "") answer.textContent = `${shown.filter(one => one).length} of ${rows.length} doors shown.`;
  else answer.textContent = `${person} can get through ${count.yes} of ${there} doors${more}.`;
}

form.addEventListener("input", show);
form.addEventListener("reset", () => setTimeout(show));
form.addEventListener("submit", event => event.preventDefault());
form.hidden = false;
show();
