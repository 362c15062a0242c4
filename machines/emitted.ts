// How a chart emits: all that one action asks for at once. One by one, the library would make an action for each at every step.
export interface Effects<Effect> {
  type: 'effects';
  effects: readonly Effect[];
}

export const effects = <Effect>(asked: readonly Effect[]): Effects<Effect> => ({
  type: 'effects',
  effects: asked,
});
