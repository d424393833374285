// Before the first paint: the theme and language chosen on this computer, so that nothing flashes.
(() => {
  try {
    const theme = localStorage.getItem("ucc.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const locale = localStorage.getItem("ucc.locale");
    if (locale) document.documentElement.lang = locale;
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
})();
