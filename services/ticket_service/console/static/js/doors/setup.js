// The first page of a desk: it guesses the time zone, and speaks the language that is chosen.
const zone = document.querySelector("select[name=time_zone][data-guess]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && [...zone.options].some((option) => option.value === here)) zone.value = here;

document.querySelector("select[name=language]").addEventListener("change", (event) => {
  // What was typed stays, but for the password: an address is no place for it, nor for the code.
  const form = new FormData(event.target.form);
  for (const name of ["csrf_token", "password", "code"]) form.delete(name);
  location.replace(`/setup?${new URLSearchParams(form)}`);
});
