"""Jobs: spawn and await, and the worker that runs them. Standard library only, since applications import it.

- `wire`: frames, as bytes and back
- `errors`: what a spawn or an await may raise
- `scope`: a request's tasks, deadline and trace
- `task`, `result`: a spawned job, and what became of it
- `client`, `connection`, `loop_connection`: the caller's side
- `worker`, `job`, `classes`: the worker's side
- `lifeline`: a process that dies with its supervisor
"""
