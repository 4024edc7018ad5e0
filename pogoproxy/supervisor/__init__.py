"""Child processes: wanted, started, watched, replaced, stopped. It knows nothing of HTTP or of jobs.

- `plan`      what is wanted: roles, each with a launch for every slot
- `children`  what there is: the table of children, their life cycle, backoff; decides, and touches no process
- `channel`   the supervisor's end of a child's control channel
- `outbox`    what children are told
- `process`   starting one child, by exec or by a template's fork; its output, its signals
- `output`    what children print, by line into the log
- `reaper`    collecting whatever ended
- `report`    what an operator is told
- `cpus`      how many CPUs there are to use
- `handles`   the processes behind the table's children
- `loop`      reap, take messages, converge, sleep until the next deadline
"""
