"""Jobs: spawn and await, and the worker that runs them. Standard library only, since applications import it.

- `wire`, `values`: frames, and what jobs are given and answer, as bytes and back
- `errors`: what a spawn or an await may raise
- `scope`, `tally`: a request's tasks, deadline and trace; what its jobs came to
- `task`, `result`: a spawned job, and what became of it
- `client`, `connection`, `thread_connection`, `loop_connection`, `parts`: the caller's side
- `dial`: how both sides reach the broker
- `combine`, `spawn_map`: several tasks at once; one job over many arguments
- `worker`, `line`, `hygiene`: a worker that runs one job at a time
- `concurrent_worker`: one with several slots
- `job`, `classes`: what both do with a job
- `rehearsal`: what a template does once so that its workers need not
- `template`, `control`, `lifeline`: a pool's process that forks workers, and its ties to the supervisor
- `child`: how its other children begin, and how they tell that they cannot
"""
