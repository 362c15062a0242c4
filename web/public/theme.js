// Runs before the first paint, so that a chosen theme never flashes the other one. A file of its own because the
// page's policy allows no inline script.
try {
  const theme = localStorage.getItem('greenroom.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be refused; the system's theme is right then.
}
