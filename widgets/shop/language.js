/** Runs before anything is drawn: the address says the language (/demo/zh-CN/…), the device the theme. */
{
  const [, , first] = location.pathname.split("/");
  document.documentElement.lang = ["zh-CN", "zh-TW"].includes(first) ? first : "en";
  const chosen = sessionStorage.getItem("lintwick:theme");
  if (chosen) {
    document.documentElement.dataset.theme = chosen;
    window.UCC = { theme: chosen };
  }
}
