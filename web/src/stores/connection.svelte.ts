// Whether the browser itself says that it is without a network.

class ConnectionStore {
  #online = $state(navigator.onLine);

  constructor() {
    addEventListener('online', () => {
      this.#online = true;
    });
    addEventListener('offline', () => {
      this.#online = false;
    });
  }

  get online(): boolean {
    return this.#online;
  }
}

export const connection = new ConnectionStore();
