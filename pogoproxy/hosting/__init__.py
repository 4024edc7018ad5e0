"""Running one ASGI or WSGI application in an app worker: uvicorn and a2wsgi do the work.

- `loading`     `module:callable` → the application, or one clear line why not
- `interface`   ASGI 3, ASGI 2, WSGI or a factory, told by the callable's parameters
- `scope`       the request scope of jobs round each request
- `orders`      what the parent tells the process
- `app_worker`  the process: orders, start-up, serving, drain
"""
