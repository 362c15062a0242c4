// What the members of a group see of the bus: its entries, their offsets, and who owns which partition.
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import { scatter } from '../random.ts';

export const partitionCount = 3;

export interface Entry {
  visibleAt: number;
  event: DomainEvent;
}

/** A member, as far as the bus tells them apart. */
export interface Subscriber {
  readonly group: string;
}

/** What members see of the bus itself. */
export interface Log {
  entry(topic: EventType, partition: number, offset: number): Entry | null;
  length(topic: EventType, partition: number): number;
  offset(group: string, topic: EventType, partition: number): number;
  acknowledge(member: Subscriber, topic: EventType, partition: number, offset: number): void;
  owns(member: Subscriber, partition: number): boolean;
}

export const partitionOf = (key: string): number => Math.abs(scatter(key, 0)) % partitionCount;
