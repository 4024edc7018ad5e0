"""The broker: passes jobs from callers to the workers of their pool and results back, over one Unix socket.

- `plan`: what a pool is, as configured
- `task`: a task's life cycle and record
- `worker`: a worker's standing and record
- `deadlines`, `agenda`: what is due when
- `pool`, `stats`: one pool's queue, its ready workers, its counters
- `ahead`: which jobs are sent to busy workers, so that they never idle between two short ones
- `admission`, `nesting`, `poison`: which spawns are refused, and why
- `ledger`: all open tasks, and whose they are
- `workforce`, `dispatch`: which workers serve, and how tasks reach them and come back
- `scale`, `upkeep`: how many slots a pool wants, and what follows
- `memory`: how large a worker's process is
- `core`, `actions`, `verdicts`: every decision, as events in and actions out; no I/O, no clock
- `session`: one connection, from its hello on
- `staff`: who starts and ends workers' processes
- `server`: `Broker`, which does what the core decides
"""
