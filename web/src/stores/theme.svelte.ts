// Light, dark, or as the system wants; kept in this browser. `public/theme.js` applies it before the first paint.

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'greenroom.theme';

class ThemeStore {
  #theme = $state<Theme>(storedTheme());

  get theme(): Theme {
    return this.#theme;
  }

  choose(theme: Theme): void {
    this.#theme = theme;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(key, theme);
    } catch (error) {
      // A browser that keeps nothing still shows what was chosen until the page is left.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}

function storedTheme(): Theme {
  const shown = document.documentElement.dataset.theme;
  return themes.find((theme) => theme === shown) ?? 'system';
}

export const themeStore = new ThemeStore();
