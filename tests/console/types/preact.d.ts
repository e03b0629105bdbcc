// What the page uses of htm with Preact, which comes without types.

type Child = any;

export function html(strings: TemplateStringsArray, ...values: unknown[]): Child;
export function render(child: Child, parent: Element): void;
export function useState<T>(initial: T | (() => T)): [T, (next: T | ((known: T) => T)) => void];
export function useEffect(effect: () => void | (() => void), inputs?: readonly unknown[]): void;
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T extends (...given: any[]) => any>(work: T, inputs: readonly unknown[]): T;
export function useRef<T>(initial: T): { current: T };
