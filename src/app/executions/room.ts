// Room for what may be there only so many times: counted, with what is under way in this process, so that requests that come
// at once do not pass together. Other processes count for themselves.

export interface Room {
  /**
   * Does the work, which adds one, if there are fewer than `limit`. Waits for others under way only where it depends on
   * how they end. Answers how many there are when it is full.
   */
  within<Value>(
    key: string,
    limit: number,
    count: () => Promise<number>,
    work: () => Promise<Value>,
  ): Promise<{ kind: 'done'; value: Value } | { kind: 'full'; usage: number }>;
}

interface Place {
  underWay: Set<Promise<unknown>>;
  /** How many have ever begun. */
  begun: number;
  askers: number;
}

export function createRoom(): Room {
  const places = new Map<string, Place>();

  function enter(key: string): Place {
    const place = places.get(key) ?? { underWay: new Set(), begun: 0, askers: 0 };
    places.set(key, place);
    place.askers += 1;
    return place;
  }

  function leave(key: string, place: Place): void {
    place.askers -= 1;
    if (place.askers === 0) places.delete(key);
  }

  return {
    async within(key, limit, count, work) {
      const place = enter(key);
      try {
        for (;;) {
          const [before, begun] = [[...place.underWay], place.begun];
          const usage = await count();
          // Whoever was under way, or came so while it was counted, may be in the count or not.
          const unsure = before.length + place.begun - begun;
          if (usage + unsure < limit) break;
          if (usage >= limit) return { kind: 'full', usage };
          await Promise.allSettled([...before, ...place.underWay]);
        }
        const working = work();
        place.begun += 1;
        place.underWay.add(working);
        try {
          return { kind: 'done', value: await working };
        } finally {
          place.underWay.delete(working);
        }
      } finally {
        leave(key, place);
      }
    },
  };
}
