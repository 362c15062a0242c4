// The one deadline that every state of a durable machine has: arming replaces it, leaving a state disarms it.

export interface ArmTimer {
  type: 'armTimer';
  name: string;
  at: number;
}

export const deadlineName = 'deadline';

export const deadlineAt = (at: number): ArmTimer => ({ type: 'armTimer', name: deadlineName, at });

export const isDeadline = ({ event }: { event: { type: string; name?: unknown } }): boolean =>
  event.type === 'TIMER_FIRED' && event.name === deadlineName;
