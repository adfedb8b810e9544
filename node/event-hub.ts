import type { ServiceEvent } from '#node/services';

/** Passes a node's events to those who watch; a listener that throws does not keep the others from hearing. */
export class EventHub {
  readonly #listeners = new Set<(event: ServiceEvent) => void>();

  subscribe(listener: (event: ServiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: ServiceEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }
}
