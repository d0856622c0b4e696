// The line at the bottom of a terminal that comes and goes: what is said meanwhile stands above it, and whoever is
// interrupted leaves no half line behind.

export interface LiveLine {
  /** In place of the one before. One line; it must fit into `columns()`. */
  show(text: string): void;
  hide(): void;
  columns(): number;
}

/** What a terminal is asked for: the cursor to the first column, the line emptied. */
export const emptied = "\r\u001b[K";

type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface LiveTerminal {
  write(text: string): void;
  readonly columns: () => number | undefined;
  /** Those who want to know when the process ends or is asked to. */
  readonly process: Pick<NodeJS.Process, "on" | "off" | "listenerCount" | "kill" | "pid">;
}

export function liveLine({ write, columns, process }: LiveTerminal): LiveLine {
  let shown = false;
  const hide = (): void => {
    if (!shown) return;
    shown = false;
    write(emptied);
    process.off("exit", hide);
    for (const signal of signals) process.off(signal, ended);
  };
  // Somebody else may have an answer to the signal; without one it does what it does to every process.
  const ended = (signal: Signal): void => {
    hide();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  return {
    hide,
    // A terminal that does not know its size says 0.
    columns: () => columns() || 80,
    show: (text) => {
      write(`${emptied}${text}`);
      if (shown) return;
      shown = true;
      process.on("exit", hide);
      for (const signal of signals) process.on(signal, ended);
    },
  };
}

const signals: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
