// Before the first paint: the theme chosen on an earlier visit.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* storage may be forbidden; the system's theme is used */ }
