"""The kernel that every vendor stands on. It names no vendor.

| room | what is in it |
|---|---|
| `inputs`, `instants`, `draws` | what enters a world and leaves it; time; chance |
| `vendor`, `turn` | what a vendor hands the kernel; what the kernel hands a vendor's domain |
| `world`, `controls`, `faults`, `wires`, `deliveries`, `wsgi` | one world applying its inputs |
| `image`, `journal` | its state as data; its history |
| `local`, `sites`, `transports`, `intercept` | a world in process |
| `hub`, `live`, `front`, `control`, `pump` | worlds on a server |
"""
