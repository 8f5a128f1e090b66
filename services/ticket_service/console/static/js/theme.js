// Light or dark, decided before the first paint: the person's choice, else the system's.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = root.dataset.bsTheme;
  const apply = () => { root.dataset.bsTheme = root.dataset.theme === "auto" ? (system.matches ? "dark" : "light") : root.dataset.theme; };
  root.dataset.theme = chosen;
  system.addEventListener("change", apply);
  root.addEventListener("theme", apply);
  apply();
})();
