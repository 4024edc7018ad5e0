"""The figures of all processes as one: each front counts for itself, and the parent asks when somebody wants to know.

- `messages`   what travels on the control channels
- `reporter`   a front's side: it answers the parent, and asks it for the `metrics` handler
- `hosts`      how a front calls the hosts of requests
- `collector`  the parent's side: it joins the figures of the fronts that live and of those that are gone
- `parent`     what the parent counts itself
- `whole`      both together, as the runtime knows them
"""
