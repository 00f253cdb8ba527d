package dev.duet.server.transport;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/// Netty's epoll, but a socket of which nothing was wanted for a while is registered anew.
///
/// Netty (4.2.18) takes such a socket out of epoll and later changes its registration as if it were
/// still in, which fails with ENOENT. That is every socket whose client has shut down its side: an
/// answer that did not fit into the kernel's buffer was cut there.
final class KnownToEpoll implements IoHandler {
  private final IoHandler epoll;

  private KnownToEpoll(IoHandler epoll) {
    this.epoll = epoll;
  }

  static IoHandlerFactory newFactory() {
    IoHandlerFactory factory = EpollIoHandler.newFactory();
    return executor -> new KnownToEpoll(factory.newHandler(executor));
  }

  @Override
  public void initialize() {
    epoll.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    return epoll.run(context);
  }

  @Override
  public void prepareToDestroy() {
    epoll.prepareToDestroy();
  }

  @Override
  public void destroy() {
    epoll.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Known(handle, epoll.register(handle));
  }

  @Override
  public void wakeup() {
    epoll.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return epoll.isCompatible(handleType);
  }

  /// Confined to its loop, but for [#isValid] and [#cancel].
  private final class Known implements IoRegistration {
    private final IoHandle handle;
    private volatile IoRegistration registration;
    private boolean added;
    private boolean out;

    Known(IoHandle handle, IoRegistration registration) {
      this.handle = handle;
      this.registration = registration;
    }

    @Override
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      boolean nothing = ops.equals(EpollIoOps.NONE);
      if (out && registration.isValid()) {
        if (nothing) {
          return 0;
        }
        registration.cancel();
        try {
          registration = epoll.register(handle);
        } catch (Exception e) {
          throw new IllegalStateException("a socket is lost to epoll", e);
        }
      }
      out = nothing && added;
      added |= !nothing;
      return registration.submit(ops);
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }
}
