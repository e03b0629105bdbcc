"""Keep journals on disk, commit them in groups, and recover worlds from them."""
