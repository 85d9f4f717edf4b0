// Before the first paint: the theme that Airflow keeps in localStorage, and its brand colour if its page is around us.
(function () {
  const root = document.documentElement;
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  function stored() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  }
  function apply() {
    const theme = stored();
    const isDark = theme === "dark" || (theme !== "light" && prefersDark.matches);
    root.classList.toggle("dark", isDark);
    root.classList.toggle("light", !isDark);
  }
  function brand() {
    try {
      if (window.parent === window) return;
      const colour = getComputedStyle(window.parent.document.documentElement).getPropertyValue("--chakra-colors-brand-600").trim();
      if (colour) root.style.setProperty("--brand-solid", colour);
    } catch {
      // another origin around us: our own colour stands
    }
  }
  root.classList.add("js");
  apply();
  brand();
  window.addEventListener("storage", apply);
  prefersDark.addEventListener("change", apply);
})();
