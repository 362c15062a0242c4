// Addresses of the app: made, read and gone to. Knows no page, so that every page may use it.
import { searchParams } from 'sv-router';

export type Parameters = Readonly<Record<string, string | null>>;

/** A parameter that is null is left out. */
export function addressOf(path: string, parameters: Parameters = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null) search.set(name, value);
  return search.size === 0 ? path : `${path}?${search}`;
}

/** Reactive. As text: the router's own reading would make numbers of some texts. */
export const parameter = (name: string): string | null => searchParams.toURLSearchParams().get(name);

export function go(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  // The router hears of a new address as it hears of the browser's own buttons.
  dispatchEvent(new PopStateEvent('popstate'));
}

/** Before the router looks: the editor is the first page, and a click that opens a new tab or window is the browser's. */
export function prepareNavigation(): void {
  if (location.pathname === '/') history.replaceState(null, '', `/editor${location.search}`);
  window.addEventListener(
    'click',
    (event) => {
      const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      if (modified && event.target instanceof Element && event.target.closest('a') !== null)
        event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
