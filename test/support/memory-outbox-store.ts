import type { Millis } from '../../shared/clock.ts';
import type { Delivery, NewDelivery, OutboxStore } from '../../shared/sql/outbox.ts';

/** The reference {@link OutboxStore}. */
export class MemoryOutboxStore<Name extends string> implements OutboxStore<Name> {
  readonly #deliveries = new Map<number, Delivery<Name>>();
  #seq = 0;

  waiting(): readonly Delivery<Name>[] {
    return [...this.#deliveries.values()];
  }
  add(delivery: NewDelivery<Name>): void {
    this.#seq += 1;
    this.#deliveries.set(this.#seq, { ...delivery, seq: this.#seq, attempts: 0 });
  }
  replace(delivery: NewDelivery<Name>): void {
    for (const { seq, destination } of this.waiting()) {
      if (destination === delivery.destination) this.remove(seq);
    }
    this.add(delivery);
  }
  postpone(seq: number, dueAt: Millis): void {
    const delivery = this.#deliveries.get(seq);
    if (delivery === undefined) return;
    this.#deliveries.set(seq, { ...delivery, attempts: delivery.attempts + 1, dueAt });
  }
  remove(seq: number): void {
    this.#deliveries.delete(seq);
  }
}
